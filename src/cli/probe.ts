import { join } from 'node:path';
import type { AskContext, Binding, ProbeOptions, ProbeReport } from '../../adapters/adapter.ts';
import { adapters } from '../../adapters/index.ts';
import { readSettings } from '../config/settings.ts';
import { systemClock } from '../model/clock.ts';
import { ConfigError, isOurs } from '../model/errors.ts';
import { addressedBindings, type Plant, type Source } from '../model/plant.ts';
import type { Reading } from '../model/reading.ts';
import { requirePlant } from './plant-from-file.ts';
import { untilStopped } from './until-stopped.ts';

/** What `millwright probe` was asked for. */
export interface ProbeFlags {
  readonly plant: string;
  readonly source?: string;
  readonly guess?: string | true;
  readonly trust?: string;
  readonly data?: string;
  readonly json?: true;
}

/** What became of one source. */
type Outcome =
  | ({ readonly source: string; readonly kind: string } & ProbeReport)
  | { readonly source: string; readonly kind: string; readonly failed: string };

/**
 * `millwright probe`: connects as the service would, reads each address once, and says what is wrong and what reading
 * costs. Stores nothing and changes nothing on a device. Exit code 1 when anything has no trustworthy value.
 */
export async function probe(flags: ProbeFlags): Promise<void> {
  const plant = requirePlant(flags.plant);
  const sources = chooseSources(plant, flags);
  const { dataDirectory } = readSettings({ env: process.env, flags: { data: flags.data } });
  const { signal } = untilStopped();
  const options: ProbeOptions = {
    ...(flags.guess === undefined ? {} : { guess: flags.guess }),
    ...(flags.trust === undefined ? {} : { trust: flags.trust }),
  };
  const outcomes: Outcome[] = [];
  for (const source of sources) {
    if (signal.aborted) break;
    const directory = join(dataDirectory, 'sources', source.id);
    const outcome = await probeSource({ plant, source, options, ctx: { clock: systemClock, signal, directory } });
    outcomes.push(outcome);
    if (!flags.json) console.log(sayOutcome(outcome));
  }
  if (flags.json) console.log(JSON.stringify(outcomes, null, 2));
  const isFine = outcomes.every((each) => 'tags' in each && each.tags.every(({ problem }) => problem === null));
  process.exit(isFine ? 0 : 1); // a protocol library may keep a timer
}

/** Throws `option_invalid` when there is no such source, or no such tag to guess for. */
function chooseSources({ sources, tags }: Plant, { source, guess }: ProbeFlags): readonly Source[] {
  if (source !== undefined && !sources.some(({ id }) => id === source)) {
    const ids = sources.map(({ id }) => id).join(', ');
    throw new ConfigError('option_invalid', `--source: there is no adapter ${source}; there are ${ids}`);
  }
  if (typeof guess === 'string' && !tags.some(({ name }) => name === guess))
    throw new ConfigError('option_invalid', `--guess: there is no tag ${guess} in the plant file`);
  const guessed = tags.find(({ name }) => name === guess)?.source;
  return sources.filter(({ id }) => (source === undefined || id === source) && (!guessed || id === guessed));
}

async function probeSource(asked: {
  readonly plant: Plant;
  readonly source: Source;
  readonly options: ProbeOptions;
  readonly ctx: AskContext;
}): Promise<Outcome> {
  const { plant, source, options, ctx } = asked;
  const named = { source: source.id, kind: source.kind };
  const adapter = adapters.find(({ kind }) => kind === source.kind);
  if (!adapter || !('probe' in adapter) || !adapter.probe)
    return { ...named, tags: [], notes: [`${source.kind} is not asked, it tells: there is nothing to probe`] };
  const addressed = addressedBindings(source);
  const unaddressed = source.bindings.filter((each) => !addressed.includes(each)).map(({ tag }) => tag);
  const bindings = addressed.map(({ tag, address }): Binding<unknown> => {
    const { unit = null, range = null } = plant.tags.find(({ name }) => name === tag) ?? {};
    return { tag, address, hint: { unit, range } };
  });
  try {
    return { ...named, ...(await adapter.probe(source.config, bindings, { ...options, named: unaddressed }, ctx)) };
  } catch (error) {
    if (!isOurs(error)) throw error;
    return { ...named, failed: error.message };
  }
}

function sayValue(reading: Reading | null): string {
  if (reading?.text !== undefined) return JSON.stringify(reading.text);
  return reading === null || reading.value === null ? '–' : String(Number(reading.value.toPrecision(9)));
}

function sayOutcome(outcome: Outcome): string {
  const title = `${outcome.source} (${outcome.kind})`;
  if ('failed' in outcome) return `${title}\n  ${outcome.failed}\n`;
  const rows = outcome.tags.map(({ tag, reading, problem }) => [
    tag,
    sayValue(reading),
    reading?.quality ?? '–',
    problem ?? '',
  ]);
  const table = rows.length === 0 ? [] : [['tag', 'value', 'quality', 'problem'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(0, ...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd());
  return [title, ...lines, ...outcome.notes.map((note) => `  ${note}`), ''].join('\n');
}
