import { createIntake, type IntakeContext } from '../ingest/intake.ts';
import type { Log } from '../ingest/log/log.ts';
import { isOurs } from '../model/errors.ts';
import { DERIVED_SOURCE, type Source } from '../model/plant.ts';
import type { Reading } from '../model/reading.ts';

const ENGINE: Source = {
  id: DERIVED_SOURCE,
  kind: DERIVED_SOURCE,
  adopt: 'never',
  adoptLimit: 0,
  alertAfterMs: 0,
  priority: 'low',
  config: {},
  bindings: [],
};

/** Taken in at once: the event loop must not be held for longer than some ms. */
const SLICE = 1_000;

/**
 * The way of derived readings into the log. Resolves when they are durable. It never waits for room: the log may be full
 * because the engine has not passed it yet. What it has no room for is counted as `log_full`. It never rejects either: the
 * engine's checkpoints come behind it, and the same log would fail in the same place again.
 */
export function createDerivedIntake(
  log: Log,
  context: Omit<IntakeContext, 'log'>,
): (readings: readonly Reading[]) => Promise<void> {
  const intake = createIntake(ENGINE, {
    ...context,
    log: {
      tagId: (name) => log.tagId(name),
      tagName: (id) => log.tagName(id),
      append: (record) => log.append(record, () => Promise.resolve()),
    },
  });
  let isFailing = false;
  return async (readings) => {
    for (let from = 0; from < readings.length; from += SLICE) {
      const slice = readings.slice(from, from + SLICE);
      try {
        await intake(slice, 'by us');
        isFailing = false;
      } catch (error) {
        if (isOurs(error)) continue; // the log has no room, or is closed: counted there
        context.metrics.derivedFailed.inc(slice.length);
        if (!isFailing) context.logger.error({ err: error }, 'readings of derived tags could not be taken in');
        isFailing = true;
      }
    }
  };
}
