import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FeatureHost } from '../engine/features/host.ts';
import { createIntake, type IntakeContext } from '../ingest/intake.ts';
import type { Log } from '../ingest/log/log.ts';
import type { Plant, Source } from '../model/plant.ts';
import type { DataDirectory } from '../store/data-directory.ts';

/** What delivers features, in the counters. */
const SOURCE: Source = {
  id: 'features',
  kind: 'features',
  adopt: 'never',
  adoptLimit: 0,
  alertAfterMs: 0,
  priority: 'low',
  config: {},
  bindings: [],
};

/** The making of features. */
export interface RunningFeatures {
  /** Why they are not made as they should be, `null` when they are. */
  readonly trouble: () => string | null;
  /** Resolves when it has ended, after `signal` aborted. */
  readonly ended: Promise<void>;
}

/**
 * Makes readings of captures where the plant has points for it, until `signal` aborts; else nothing, and the log need not wait
 * for it.
 */
export function startFeatures(
  context: Omit<IntakeContext, 'log'> & {
    readonly plant: Plant;
    readonly log: Log;
    readonly directory: DataDirectory;
    readonly signal: AbortSignal;
    /** Called with the position up to which the log isn't needed any more. */
    readonly onPassed: (position: number) => void;
  },
): RunningFeatures {
  const { plant, log, directory, clock, metrics, logger, signal, onPassed } = context;
  const { points = [] } = plant;
  const checkpointFile = join(directory.path, 'features.json');
  if (points.length === 0) {
    onPassed(Number.POSITIVE_INFINITY);
    // The first points begin with what comes then, not where those before them ended.
    const removed = rm(checkpointFile, { force: true }).catch((error: unknown) =>
      logger.warn({ err: error }, 'cannot remove the old checkpoint of the features of captures'),
    );
    return { trouble: () => null, ended: removed };
  }
  const host = new FeatureHost({
    points,
    log,
    logDirectory: directory.log,
    checkpointFile,
    intakeTo: (inlet) => {
      const intake = createIntake(SOURCE, { ...context, log: inlet });
      return (readings) => intake(readings);
    },
    clock,
    metrics,
    logger,
    onPassed,
  });
  const stopped = async () => {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await host.stop();
  };
  return { trouble: () => host.trouble, ended: stopped() };
}
