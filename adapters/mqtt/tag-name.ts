import { AdapterError } from '../adapter.ts';
import { find, type Path, parsePath } from './json-path.ts';
import type { MqttPattern } from './settings.ts';
import type { Captures } from './topic.ts';

/** A compiled name: literal text, captures and places in the payload, to be joined. */
type Name = readonly Piece[];
type Piece = { readonly text: string } | { readonly capture: string } | { readonly path: Path };

/** Names the tag of one entry: `undefined` when the payload does not say. */
export type TagNaming = (captures: Captures, entry: unknown, message: unknown) => string | undefined;

/** How a pattern names its tags. */
export interface CompiledNaming {
  readonly name: TagNaming;
  /** True when the topic alone decides. */
  readonly isFixed: boolean;
  /** The one place in the payload that decides, beside the topic; `null` when there is none, or several. */
  readonly decidedBy: Path | null;
}

/**
 * Compiles how a pattern names its tags: `<asset>.<tag>`, or `<tag>` alone where nothing names an asset.
 * @throws AdapterError `plant_invalid` when nothing names a tag, or a name uses a level that is not captured.
 */
export function compileNaming(pattern: MqttPattern, captured: readonly string[]): CompiledNaming {
  const asset = compile(pattern.asset, 'asset', pattern.topic, captured);
  const tag = compile(pattern.tag, 'tag', pattern.topic, captured);
  if (tag === null) {
    throw invalid(pattern.topic, 'names no tag: capture a level as "+tag", or set "tag"');
  }
  const paths = [...(asset ?? []), ...tag].flatMap((piece) => ('path' in piece ? [piece.path] : []));
  const name: TagNaming = (captures, entry, message) => {
    const tagName = join(tag, captures, entry, message);
    if (asset === null || tagName === undefined) return tagName;
    const assetName = join(asset, captures, entry, message);
    return assetName === undefined ? undefined : `${assetName}.${tagName}`;
  };
  return { name, isFixed: paths.length === 0, decidedBy: paths.length === 1 ? paths[0]! : null };
}

function compile(
  written: string | undefined,
  part: 'asset' | 'tag',
  topic: string,
  captured: readonly string[],
): Name | null {
  if (written === undefined) return captured.includes(part) ? [{ capture: part }] : null;
  const path = parsePath(written);
  if (path !== null) return [{ path }];
  if (written.startsWith('$')) throw invalid(topic, `has the ${part} "${written}", which is no path`);
  return Array.from(written.matchAll(/\{([^{}]*)\}|[^{}]+|[{}]/g), ([text, place]) => {
    if (place === undefined) return { text };
    const inner = parsePath(place);
    if (inner !== null) return { path: inner };
    if (!captured.includes(place)) throw invalid(topic, `has the ${part} "${written}", but captures no "+${place}"`);
    return { capture: place };
  });
}

/** An entry of a list is asked first, then the whole message: lists often share one asset. */
export function findNear(path: Path, entry: unknown, message: unknown): unknown {
  const near = find(path, entry);
  return near === undefined && entry !== message ? find(path, message) : near;
}

function join(name: Name, captures: Captures, entry: unknown, message: unknown): string | undefined {
  let joined = '';
  for (const piece of name) {
    if ('text' in piece) joined += piece.text;
    else if ('capture' in piece) joined += captures.get(piece.capture) ?? '';
    else {
      const found = findNear(piece.path, entry, message);
      if (typeof found !== 'string' && typeof found !== 'number') return undefined;
      joined += found;
    }
  }
  return joined;
}

function invalid(topic: string, problem: string): AdapterError {
  return new AdapterError('plant_invalid', `the pattern ${topic} ${problem}`);
}
