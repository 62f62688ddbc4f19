import type { Log } from '../ingest/log/log.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Who reads the readings log, each at its own pace. */
export type LogReader = 'writer' | 'engine' | 'ledger' | 'latest' | 'features';

/** Keeps how far every reader of the readings log has come. */
export interface LogRelease {
  /** `reader` does not need again what lies before `position`; nothing is released yet. */
  note(reader: LogReader, position: number): void;
  /** The same, and what all readers have passed is released. */
  passed(reader: LogReader, position: number): void;
}

/** Lets go of a segment of the log when all its readers have passed it: until they say so they are at its beginning. */
export function createLogRelease({
  log,
  metrics,
  logger,
}: {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly logger: Logger;
}): LogRelease {
  const at = { writer: log.start, engine: log.start, ledger: log.start, latest: log.start, features: log.start };
  const note = (reader: LogReader, position: number) => {
    at[reader] = position;
  };
  return {
    note,
    passed: (reader, position) => {
      note(reader, position);
      metrics.logBytes.set(log.bytes);
      log
        .release(Math.min(...Object.values(at)))
        .catch((error: unknown) => logger.warn({ err: error }, 'cannot remove an old segment of the readings log'));
    },
  };
}
