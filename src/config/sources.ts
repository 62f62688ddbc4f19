import type { TSchema } from 'typebox';
import type { AdapterSchemas, LoadContext } from './context.ts';
import { find, isUnset, type Located, type LocatedMap, placeOf } from './document.ts';
import { resolveBeside } from './files.ts';
import { nearest } from './nearest.ts';
import { warnOfOpenSecret } from './secret-files.ts';
import { type SourceDraft, SourceSection } from './sections.ts';
import { type SchemaNode, shape } from './shape.ts';

/** One configured adapter as far as it could be read. */
export interface ReadSource {
  readonly id: string;
  readonly common: SourceDraft;
  readonly config: Readonly<Record<string, unknown>>;
  /** `null` when its kind is unknown. */
  readonly adapter: AdapterSchemas | null;
}

/** Reads `adapters:`, each by the settings that all have and by the schema of its kind. */
export function readSources(context: LoadContext): ReadonlyMap<string, ReadSource> {
  const section = find(context.root, ['adapters']);
  const sources = new Map<string, ReadSource>();
  if (section?.kind !== 'map') return sources;
  for (const [id, { keyAt, node }] of section.entries) {
    const source = readSource(context, id, keyAt, node);
    const other = [...sources.values()].find(({ adapter }) => adapter?.kind === 'http');
    // Both would answer at the same address.
    if (source.adapter?.kind === 'http' && other !== undefined) {
      const message = `adapters.${id} is a second adapter of kind http, beside ${other.id}: there can be only one`;
      context.report.problem({ at: keyAt, path: ['adapters', id], message });
    }
    sources.set(id, source);
  }
  return sources;
}

function readSource(context: LoadContext, id: string, keyAt: number, node: Located): ReadSource {
  const path = ['adapters', id];
  const { report } = context;
  if (node.kind !== 'map') {
    report.problem({ at: node.at, path, message: `adapters.${id} must be a map of settings with a kind` });
    return { id, common: {}, config: {}, adapter: null };
  }
  const commonKeys = Object.keys(SourceSection.properties);
  const common = shape(
    SourceSection,
    pick(node, (key) => commonKeys.includes(key)),
    { path, keyAt },
  );
  for (const complaint of common.complaints) report.problem(complaint);
  // The shape pass gives what SourceSection describes, less the parts that are wrong.
  const draft = common.value as SourceDraft;
  const adapter = draft.kind === undefined ? null : findAdapter(context, draft.kind, id);
  if (adapter === null) return { id, common: draft, config: {}, adapter };
  const rest = pick(node, (key) => !commonKeys.includes(key));
  const config = shape(adapter.config, rest, { path, keyAt, otherKeys: commonKeys });
  for (const complaint of config.complaints) report.problem(complaint);
  const settings = (config.value ?? {}) as Record<string, unknown>; // an adapter's settings are a map
  checkUrl(context, id, settings);
  const reason = config.complaints.length === 0 ? adapter.checkConfig?.(settings) : null;
  if (reason) report.problem({ at: keyAt, path, message: `adapters.${id}: ${reason}` });
  return { id, common: draft, config: resolveFiles(context, id, settings), adapter };
}

function pick(map: LocatedMap, wanted: (key: string) => boolean): LocatedMap {
  return { ...map, entries: new Map([...map.entries].filter(([key]) => wanted(key))) };
}

function findAdapter(context: LoadContext, kind: string, id: string): AdapterSchemas | null {
  const found = context.adapters.find((adapter) => adapter.kind === kind);
  if (found !== undefined) return found;
  const path = ['adapters', id, 'kind'];
  const at = placeOf(context.root, path);
  const kinds = context.adapters.map((adapter) => adapter.kind);
  const message = `unknown kind of adapter "${kind}" in adapters.${id}: there are ${kinds.join(', ')}`;
  context.report.problem({ at, path, message, suggestion: nearest(kind, kinds) });
  return null;
}

function checkUrl({ root, report }: LoadContext, id: string, config: Readonly<Record<string, unknown>>): void {
  const path = ['adapters', id, 'url'];
  if (typeof config['url'] !== 'string' || URL.canParse(config['url']) || isUnset(root, path)) return;
  const message = `url in adapters.${id} is not a URL such as mqtt://broker:1883 or opc.tcp://10.0.4.30:4840`;
  report.problem({ at: placeOf(root, path), path, message });
}

/**
 * Makes the `…File` settings of an adapter absolute to the plant file's folder, and warns of those that cannot be read:
 * only that adapter needs them, so the rest of the plant may start. Warns of secrets that lie open, too.
 */
function resolveFiles(
  context: LoadContext,
  id: string,
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const resolved = Object.entries(config).map(([key, value]) => {
    if (!key.endsWith('File') || typeof value !== 'string') return [key, value];
    const file = resolveBeside(context.file, value);
    const path = ['adapters', id, key];
    const read = context.readSecret(file);
    if (!read.ok) {
      const message = `${key} in adapters.${id}: ${read.reason}: the adapter needs it`;
      context.report.warning({ at: placeOf(context.root, path), path, message });
    } else warnOfOpenSecret(context, path, file);
    return [key, file];
  });
  return Object.fromEntries(resolved);
}

/**
 * Whether a tag of this source must say where it lies. Not when the source finds tags by itself: because it has a `map`
 * of what arrives, or because its protocol needs no address (push).
 */
export function needsAddress({ adapter, config }: ReadSource): boolean {
  if (adapter === null) return false;
  const { map } = config;
  return !(Array.isArray(map) && map.length > 0) && demandsSomething(adapter.address);
}

function demandsSomething(schema: TSchema): boolean {
  const { anyOf, type, required = [], properties = {} } = schema as SchemaNode; // TypeBox schemas are JSON Schema
  if (anyOf) return anyOf.every(demandsSomething);
  return type === 'object' ? required.some((key) => properties[key]?.default === undefined) : type === 'string';
}
