import { join } from 'node:path';
import { Document, type Scalar, type YAMLMap } from 'yaml';
import type { AdapterModule, FoundTag } from '../../adapters/adapter.ts';
import { adapters } from '../../adapters/index.ts';
import { type Flags, readSettings } from '../config/settings.ts';
import { systemClock } from '../model/clock.ts';
import { ConfigError } from '../model/errors.ts';
import { isTagName } from '../model/names.ts';
import { requirePlant } from './plant-from-file.ts';
import { untilStopped } from './until-stopped.ts';

/** What `millwright discover` is asked. */
export type DiscoverOptions = Pick<Flags, 'data'> & {
  readonly plant: string;
  readonly source: string;
  readonly yaml?: boolean;
};

/** `millwright discover`: lists what a source offers, as a table or as lines for the plant file. */
export async function discover(glob: string, options: DiscoverOptions): Promise<void> {
  const settings = readSettings({ env: process.env, flags: options });
  const plant = requirePlant(options.plant);
  const source = plant.sources.find(({ id }) => id === options.source);
  if (!source) {
    const known = plant.sources.map(({ id }) => id).join(', ');
    throw new ConfigError('option_invalid', `--source ${options.source}: the plant has no such adapter, only ${known}`);
  }
  const adapter = adapters.find(({ kind }) => kind === source.kind);
  if (!adapter || !('discover' in adapter) || !adapter.discover) {
    throw new ConfigError('option_invalid', `--source ${source.id}: ${source.kind} cannot list what there is`);
  }
  const found = await collect(adapter, { source, glob, directory: join(settings.dataDirectory, 'sources', source.id) });
  const known = new Set(plant.tags.map(({ name }) => name));
  console.log(options.yaml === true ? yamlOf(source.id, found, known) : tableOf(found));
  // On standard error: what goes to a file is the list alone.
  console.error(`${found.length} found; ${found.filter(({ unit }) => unit === null).length} without a unit we know`);
  const there = found.filter(({ tag }) => tag !== undefined && known.has(tag)).length;
  const unusable = found.filter(({ tag }) => tag !== undefined && !isTagName(tag)).length;
  if (there > 0) console.error(`${there} of them the plant file has by the map of ${source.id}`);
  if (unusable > 0) console.error(`${unusable} of them have a name by that map that no plant file can have`);
}

async function collect(
  adapter: AdapterModule,
  asked: { source: { config: Readonly<Record<string, unknown>> }; glob: string; directory: string },
): Promise<FoundTag[]> {
  const { signal } = untilStopped();
  const found: FoundTag[] = [];
  const context = { clock: systemClock, signal, directory: asked.directory };
  for await (const tag of adapter.discover!(asked.source.config, asked.glob, context)) found.push(tag);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Columns as wide as what is in them. */
export function tableOf(found: readonly FoundTag[]): string {
  const rows = found.map(({ name, value, unit, range, address, tag }) => [
    name,
    value === null ? '–' : String(value),
    unit ?? '–',
    range === null ? '–' : `${range[0]} … ${range[1]}`,
    address === null ? `none: map makes it ${tag}` : JSON.stringify(address),
  ]);
  const table = [['name', 'value', 'unit', 'range', 'address'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * Assets with tags as they are written in a plant file: one asset for each place above a value. What the source's own patterns name has
 * that name and no address, unless the plant file has it (`known`).
 */
export function yamlOf(source: string, found: readonly FoundTag[], known: ReadonlySet<string> = new Set()): string {
  const assets: Record<string, { name: string; tags: Record<string, unknown> }> = {};
  const addTag = (
    { asset, name = asset, tag }: { readonly asset: string; readonly name?: string; readonly tag: string },
    { unit, range, address }: FoundTag,
  ) => {
    assets[asset] ??= { name, tags: {} };
    assets[asset].tags[tag] = {
      ...(unit === null ? {} : { unit }),
      ...(range === null ? {} : { range }),
      from: source,
      ...(address === null ? {} : { address }),
    };
  };
  for (const each of found) {
    if (each.tag !== undefined && isTagName(each.tag)) {
      const dotAt = each.tag.indexOf('.');
      if (!known.has(each.tag)) addTag({ asset: each.tag.slice(0, dotAt), tag: each.tag.slice(dotAt + 1) }, each);
      continue;
    }
    if (each.address === null) continue; // a name that no plant file can have
    const parts = each.name.split('/');
    const place = parts.slice(0, -1).join('/') || source;
    const taken = assets[idOf(place)]?.tags ?? {};
    const base = idOf(parts.at(-1)!);
    let id = base;
    for (let n = 2; id in taken; n++) id = `${base}-${n}`;
    addTag({ asset: idOf(place), name: place, tag: id }, each);
  }
  const document = new Document({ assets });
  for (const asset of (document.get('assets') as YAMLMap<Scalar, YAMLMap>).items) {
    const tags = asset.value!.get('tags') as YAMLMap<Scalar, YAMLMap>; // made above
    for (const tag of tags.items) tag.value!.flow = true;
  }
  return document.toString({ lineWidth: 0 }).trimEnd();
}

/** An id the plant file allows: small letters, digits, dashes. */
function idOf(name: string): string {
  const id = name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return id === '' ? 'unnamed' : id;
}
