import type { Clock } from '../model/clock.ts';
import type { Source } from '../model/plant.ts';
import type { Capture, CaptureRefusal } from '../model/waveform.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { refuseCapture } from './capture-check.ts';
import type { LogInlet } from './log/inlet.ts';
import type { TagRegistry } from './tag-registry.ts';

/**
 * The way of a waveform or a thermal frame from one source into the readings log. Resolves with `null` when it is durable, with
 * why when it will never be; rejects with `log_full` or `log_closed`.
 */
export type CaptureIntake = (capture: Capture) => Promise<CaptureRefusal | null>;

/** Makes the intake of one source. `keepMs`: how long waveforms and thermal frames are kept; older ones are refused. */
export function createCaptureIntake(
  source: Source,
  options: {
    readonly log: LogInlet;
    readonly tags: TagRegistry;
    readonly clock: Clock;
    readonly metrics: Pick<Metrics, 'capturesReceived' | 'capturesAccepted' | 'capturesDiscarded'>;
    readonly keepMs: number;
  },
): CaptureIntake {
  const { log, tags, clock, metrics, keepMs } = options;
  return async (given) => {
    const now = clock.now();
    const labels = { source: source.id, kind: given.kind };
    metrics.capturesReceived.inc(labels);
    // As for readings, judged before its tag is looked up: what is not kept must not use up what a source may adopt.
    const refusal = refuseCapture(given, { now, keepMs }) ?? refuseTag(given.tag, source, tags);
    if (refusal) {
      metrics.capturesDiscarded.inc({ ...labels, reason: refusal.code });
      return refusal;
    }
    // The database keeps microseconds.
    const at = Math.round(given.at * 1_000) / 1_000;
    try {
      await log.append({ ...given, at, receivedAt: now, tag: log.tagId(given.tag) });
    } catch (error) {
      metrics.capturesDiscarded.inc({ ...labels, reason: 'log_full' });
      throw error;
    }
    metrics.capturesAccepted.inc(labels);
    return null;
  };
}

/** Why nothing may be captured on a tag of this name from this source, `null` when it may; adopts like a reading does. */
export function refuseTag(name: string, source: Source, tags: TagRegistry): CaptureRefusal | null {
  const found = tags.resolve(name, source);
  if (!('refused' in found)) return null;
  if (found.refused !== 'unknown_tag' || source.adopt !== 'ask') return { code: found.refused, reason: found.reason };
  // Unknown tags are adopted for their readings, and none is listed for what it captures.
  const reason = `the plant file has no tag ${name}, and what is not a reading can't be adopted: list the tag at its asset, and its place under \`waveforms:\` or \`frames:\` (docs/plant-file.md)`;
  return { code: 'unknown_tag', reason };
}
