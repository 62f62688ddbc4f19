import { sayDuration } from '../../src/model/duration.ts';
import type { AskContext, Binding, DiscardReason, ProbedTag, ProbeReport, Reading, Waveform } from '../adapter.ts';
import { decode } from './decode.ts';
import { listen } from './listen.ts';
import { compileRoutes } from './routes.ts';
import type { MqttAddress, MqttConfig } from './settings.ts';
import { arrivalTimes } from './time.ts';
import { decodeWaveforms } from './waveform.ts';

/** Tags that patterns find are named in the notes, this many at most. */
const SHOWN_FOUND = 20;
/** Topics whose troubles are remembered. */
const MOST_TOPICS = 10_000;

/**
 * Waits for one message on each tag's topic, up to `timeout`, and says of each tag what came or why nothing did. A sensor
 * that sends once an hour has sent nothing by then: that is said, and is no fault.
 */
export async function probe(
  config: MqttConfig,
  bindings: readonly Binding<MqttAddress>[],
  ctx: AskContext,
): Promise<ProbeReport> {
  const table = compileRoutes(config.map, bindings);
  const arrival = arrivalTimes(ctx.clock);
  const newest = new Map<string, Reading>();
  const found = new Map<string, Reading>();
  const waveforms = new Map<string, Waveform>();
  const troubles = new Map<string, DiscardReason>();
  const awaited = new Set(bindings.map(({ tag }) => tag));
  const answers = await listen(config, {
    filters: table.filters,
    ctx,
    take: ({ topic, payload, retain }) => {
      const message = { topic, payload, isRetained: retain };
      const recorded = decodeWaveforms(message, { table, arrival });
      for (const waveform of recorded?.waveforms ?? []) {
        if (table.boundTags.has(waveform.tag) || waveforms.size < SHOWN_FOUND) waveforms.set(waveform.tag, waveform);
        awaited.delete(waveform.tag);
      }
      const { readings, discarded } =
        recorded === null ? decode(message, { table, arrival }) : { ...recorded, readings: [] };
      for (const reading of readings) {
        if (table.boundTags.has(reading.tag)) newest.set(reading.tag, reading);
        else if (found.size < SHOWN_FOUND) found.set(reading.tag, reading);
        awaited.delete(reading.tag);
      }
      if (discarded[0] !== undefined && troubles.size < MOST_TOPICS) troubles.set(topic, discarded[0]);
      return awaited.size === 0 && config.map.length === 0 ? 'enough' : 'more';
    },
  });
  const refusals = new Map(table.filters.map((filter, n) => [filter, answers[n] ?? null]));
  const tags = bindings.map(({ tag, address: { topic } }): ProbedTag => {
    const reading = newest.get(tag) ?? null;
    if (reading !== null) return { tag, reading, problem: reading.value === null ? 'it has no value: null' : null };
    if (waveforms.has(tag)) return { tag, reading, problem: null };
    const refusal = refusals.get(topic) ?? null;
    if (refusal !== null) return { tag, reading, problem: `${config.url} ${refusal}: give the right at the broker` };
    const trouble = troubles.get(topic);
    const silence = `nothing came on ${topic} within ${sayDuration(config.timeout)}: is it sent, and how often?`;
    return { tag, reading, problem: trouble === undefined ? silence : `on ${topic} ${sayTrouble(trouble)}` };
  });
  const recorded = [...waveforms.values()].map(sayWaveform);
  return { tags, notes: [...notesOf(newest, found), ...recorded, ...patternRefusals(config, answers)] };
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
