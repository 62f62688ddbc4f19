import { sayDuration } from '../../src/model/duration.ts';
import type {
  AskContext,
  Binding,
  DiscardReason,
  ProbedTag,
  ProbeOptions,
  ProbeReport,
  Reading,
  Waveform,
} from '../adapter.ts';
import { decode } from './decode.ts';
import { listen } from './listen.ts';
import { compileRoutes, type RouteTable } from './routes.ts';
import type { MqttAddress, MqttConfig } from './settings.ts';
import { arrivalTimes } from './time.ts';
import { decodeWaveforms } from './waveform.ts';

/** Tags that patterns find are named in the notes, this many at most. */
const SHOWN_FOUND = 20;
/** Filters that are named where nothing came on any. */
const SHOWN_FILTERS = 5;
/** Topics whose troubles are remembered. */
const MOST_TOPICS = 10_000;

/**
 * Waits for one message on each tag's topic, up to `timeout`, and says of each tag what came or why nothing did. A sensor
 * that sends once an hour has sent nothing by then: that is said, and is no fault.
 */
export async function probe(
  config: MqttConfig,
  bindings: readonly Binding<MqttAddress>[],
  { named = [] }: ProbeOptions,
  ctx: AskContext,
): Promise<ProbeReport> {
  const table = compileRoutes(config.map, bindings);
  const arrival = arrivalTimes(ctx.clock);
  const newest = new Map<string, Reading>();
  const found = new Map<string, Reading>();
  const waveforms = new Map<string, Waveform>();
  const troubles = new Map<string, DiscardReason>();
  const asked = new Set([...bindings.map(({ tag }) => tag), ...named]);
  const awaited = new Set(asked);
  const answers = await listen(config, {
    filters: table.filters,
    ctx,
    take: ({ topic, payload, retain }) => {
      const message = { topic, payload, isRetained: retain };
      const recorded = decodeWaveforms(message, { table, arrival });
      for (const waveform of recorded?.waveforms ?? []) {
        if (asked.has(waveform.tag) || waveforms.size < SHOWN_FOUND) waveforms.set(waveform.tag, waveform);
        awaited.delete(waveform.tag);
      }
      const { readings, discarded } =
        recorded === null ? decode(message, { table, arrival }) : { ...recorded, readings: [] };
      for (const reading of readings) {
        if (asked.has(reading.tag)) newest.set(reading.tag, reading);
        else if (found.size < SHOWN_FOUND) found.set(reading.tag, reading);
        awaited.delete(reading.tag);
      }
      if (discarded[0] !== undefined && troubles.size < MOST_TOPICS) troubles.set(topic, discarded[0]);
      return awaited.size === 0 && config.map.length === 0 ? 'enough' : 'more';
    },
  });
  const refusals = new Map(table.filters.map((filter, n) => [filter, answers[n] ?? null]));
  const probed = (tag: string, sayAbsence: () => string): ProbedTag => {
    const reading = newest.get(tag) ?? null;
    if (reading !== null && reading.value === null && reading.text === undefined)
      return { tag, reading, problem: 'it has no value: null' };
    return { tag, reading, problem: reading !== null || waveforms.has(tag) ? null : sayAbsence() };
  };
  const within = sayDuration(config.timeout);
  const sayTopic = (topic: string): string => {
    const refusal = refusals.get(topic) ?? null;
    if (refusal !== null) return `${config.url} ${refusal}: give the right at the broker`;
    const trouble = troubles.get(topic);
    if (trouble !== undefined) return `on ${topic} ${sayTrouble(trouble)}`;
    return `nothing came on ${topic} within ${within}: is it sent, and how often?`;
  };
  const topics = topicsOf(named, troubles.keys(), table);
  const sayUnnamed = (tag: string): string => {
    const topic = topics.get(tag);
    if (topic !== undefined) return sayTopic(topic);
    return `nothing came that "map" names so within ${within}: is it sent, how often, and on which topic?`;
  };
  const tags = [
    ...bindings.map(({ tag, address: { topic } }) => probed(tag, () => sayTopic(topic))),
    ...named.map((tag) => probed(tag, () => sayUnnamed(tag))),
  ];
  const recorded = [...waveforms.values()].map(sayWaveform);
  const heard = newest.size + found.size + waveforms.size + troubles.size;
  const silence = heard === 0 ? silenceNotes(config, table.filters, answers) : [];
  return { tags, notes: [...notesOf(newest, found), ...recorded, ...patternRefusals(config, answers), ...silence] };
}

/** Where nothing at all came: what was asked for, that the broker took it, how long it was waited, and what to look at. */
function silenceNotes(
  { url, timeout }: MqttConfig,
  filters: readonly string[],
  answers: readonly (string | null)[],
): string[] {
  const accepted = filters.filter((_, n) => answers[n] === null);
  if (accepted.length === 0) return [];
  const rest = accepted.length - SHOWN_FILTERS;
  const named = accepted.slice(0, SHOWN_FILTERS).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  return [
    `${url} is there and accepted the subscription of ${named}; nothing came on it within ${sayDuration(timeout)}`,
    'look at the spelling of the topic (capitals count), whether the device sends now, and whether this user may read it: some brokers accept a subscription and send nothing. `millwright discover` lists what does come',
  ];
}

/** Those of `topics` whose name alone says that a pattern makes one of these tags of them, by tag. */
function topicsOf(
  named: readonly string[],
  topics: Iterable<string>,
  { routesOf }: RouteTable,
): ReadonlyMap<string, string> {
  const wanted = new Set(named);
  const found = new Map<string, string>();
  for (const topic of topics) {
    for (const { nameTag } of routesOf(topic).routes) {
      const tag = nameTag(undefined, undefined);
      if (tag !== undefined && wanted.has(tag)) found.set(tag, topic);
    }
  }
  return found;
}

/** Its range tells a person whether `encoding`, `scale` and `unit` are right: wrong ones give samples that no machine has. */
function sayWaveform({ tag, rateHz, unit, samples }: Waveform): string {
  const low = samples.reduce((least, sample) => Math.min(least, sample), Number.POSITIVE_INFINITY);
  const high = samples.reduce((most, sample) => Math.max(most, sample), Number.NEGATIVE_INFINITY);
  const [from, to] = [low, high].map((value) => Number(value.toPrecision(4)));
  const seconds = Number((samples.length / rateHz).toPrecision(3));
  return `${tag}: a waveform of ${samples.length} samples, ${seconds} s at ${rateHz} Hz, from ${from} to ${to} ${unit}`;
}

function notesOf(newest: ReadonlyMap<string, Reading>, found: ReadonlyMap<string, Reading>): string[] {
  const kept = [...newest.values()].filter(({ historical }) => historical);
  return [
    ...kept.map(({ tag, at }) => `${tag}: kept by the broker (retained), sent at ${new Date(at).toISOString()}`),
    ...[...found.values()].map(({ tag, value, text }) => `found by a pattern: ${tag} = ${text ?? value}`),
  ];
}

function patternRefusals({ url, map }: MqttConfig, answers: readonly (string | null)[]): string[] {
  return map.length === 0 ? [] : answers.flatMap((answer) => (answer === null ? [] : [`${url} ${answer}`]));
}

/** What became of a message that gave no reading, and what to look at. */
function sayTrouble(reason: DiscardReason): string {
  switch (reason) {
    case 'retained':
      return 'came only what the broker kept from earlier (retained), without a time of its own: set "time", or wait until it is sent anew';
    case 'malformed':
      return 'came a message that is not in its "format", or "value" leads nowhere in it';
    case 'not_a_number':
      return 'came a value that is neither a number nor a text, or a word that is not listed under "values"';
    case 'invalid_time':
      return 'came a time that cannot be read: check "time" and "timeUnit"';
    case 'invalid_quality':
      return 'came a quality that cannot be read: check "quality"';
    case 'invalid_size':
      return 'came a payload that is no whole number of samples: check "encoding" and "time" under "waveform"';
    case 'too_large':
      return 'came a message larger than "maxPayload"';
    default:
      return `came a message that is discarded (${reason})`;
  }
}
