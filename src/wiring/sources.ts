import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance } from 'fastify';
import type { ApiVersion } from '../../adapters/http/index.ts';
import { adapters } from '../../adapters/index.ts';
import type { LiveEvents } from '../api/live-events.ts';
import { presentSource } from '../api/present.ts';
import type { Quotas } from '../api/quota.ts';
import { plantTime } from '../ingest/diagnosis/say.ts';
import type { IntakeContext } from '../ingest/intake.ts';
import { pushInlet } from '../ingest/log/inlet.ts';
import type { Log } from '../ingest/log/log.ts';
import type { Receipts } from '../ingest/receipts.ts';
import { Supervisor } from '../ingest/supervisor.ts';
import { ConfigError } from '../model/errors.ts';
import { addressedBindings, type Plant, type Source } from '../model/plant.ts';
import type { SourceStatus } from '../model/source-state.ts';
import { createSourceIntakes } from './source-intakes.ts';
import { withPush } from './with-push.ts';

/** What the sources of a plant are wired to. */
export interface SourcesOptions {
  readonly plant: Plant;
  readonly context: Omit<IntakeContext, 'log'>;
  readonly log: Log;
  /** Where each may keep files of its own. */
  readonly directory: string;
  readonly live: LiveEvents;
  readonly random: () => number;
  /** Ends all of them. */
  readonly signal: AbortSignal;
}

/** The sources of the service, left end of the line. */
export interface Sources {
  /** In the order of the plant file. */
  readonly statuses: () => SourceStatus[];
  /** Registers the routes of those that push. */
  readonly installPush: (
    version: ApiVersion,
    scope: FastifyInstance,
    context: { readonly receipts: Receipts; readonly meterOf: Quotas['meterOf'] },
  ) => void;
  readonly start: () => void;
  /**
   * Ends those that the plant does not have any more or has otherwise, and starts what is new. The rest keep their connections.
   * None that `pushChanges` names may be different, and the libraries of all are prepared.
   */
  readonly replace: (plant: Plant) => Promise<void>;
  /** Resolves when all have ended, after `signal`. */
  readonly ended: () => Promise<unknown>;
}

type Adapter = (typeof adapters)[number];

interface RunningSource {
  readonly source: Source;
  readonly adapter: Adapter;
  readonly supervisor: Supervisor;
  readonly ending: AbortController;
  running: Promise<void>;
}

/** A source that does not let go holds up nobody for longer. */
const END_PATIENCE_MS = 5_000;

/** Makes a supervisor for each source of a plant. Throws `plant_invalid` for one of an unknown kind. */
export function createSources(options: SourcesOptions): Sources {
  const { plant, context, log, directory, live, random, signal } = options;
  const { tags, clock, metrics, logger } = context;
  const sayTime = plantTime(plant.timezone);
  const assets = new Set(plant.assets.map(({ id }) => id));
  const create = (source: Source): RunningSource => {
    const adapter = adapters.find(({ kind }) => kind === source.kind);
    if (!adapter) throw new ConfigError('plant_invalid', `there is no adapter of kind ${source.kind}`);
    const inlet = 'run' in adapter ? log : pushInlet(log, clock);
    const ownDirectory = join(directory, source.id);
    const supervisor = new Supervisor({
      source,
      run: 'run' in adapter ? (context) => adapter.run(source.config, addressedBindings(source), context) : null,
      ...createSourceIntakes(
        source,
        { assets, retention: plant.retention },
        { ...context, log: inlet, directory: ownDirectory },
      ),
      log,
      live: context.live,
      tagCount: () => tags.countOf(source.id),
      directory: ownDirectory,
      sayTime,
      clock,
      random,
      metrics,
      logger,
      onChange: (status) => live.send('source', presentSource(status)),
    });
    return { source, adapter, supervisor, ending: new AbortController(), running: Promise.resolve() };
  };
  const start = (each: RunningSource) => {
    each.running = each.supervisor.run(AbortSignal.any([signal, each.ending.signal]));
  };
  let present: readonly RunningSource[] = withPush(plant.sources).map(create);

  return {
    statuses: () => present.map(({ supervisor }) => supervisor.status()),
    installPush: (version, scope, { receipts, meterOf }) => {
      for (const { source, adapter, supervisor } of present) {
        if (!('routes' in adapter)) continue;
        adapter.routes[version](scope, source.config, { ...supervisor.context(signal), receipts, meterOf });
      }
    },
    start: () => {
      for (const each of present) start(each);
    },
    replace: async (next) => {
      const wanted = withPush(next.sources);
      assets.clear();
      for (const { id } of next.assets) assets.add(id);
      const kept = present.filter(({ source, adapter }) =>
        wanted.some((each) => each.id === source.id && ('routes' in adapter || isSameLink(source, each))),
      );
      const ended = present.filter((each) => !kept.includes(each));
      for (const { ending } of ended) ending.abort();
      const patience = new AbortController();
      await Promise.race([
        Promise.all(ended.map(({ running }) => running)),
        clock.sleep(END_PATIENCE_MS, patience.signal),
      ]);
      patience.abort();
      for (const { source } of ended) {
        metrics.sourceUp.remove({ source: source.id });
        logger.info({ adapter: source.id }, 'ended, as the plant file was changed');
      }
      if (signal.aborted) return;
      present = wanted.map((source) => kept.find((each) => each.source.id === source.id) ?? create(source));
      for (const each of present) if (!kept.includes(each)) start(each);
    },
    ended: () => Promise.all(present.map(({ running }) => running)),
  };
}

/** Loads the libraries that the protocols of these sources need. */
export async function prepareAdapters(sources: readonly Pick<Source, 'kind'>[]): Promise<void> {
  for (const adapter of adapters) {
    if ('prepare' in adapter && sources.some(({ kind }) => kind === adapter.kind)) await adapter.prepare?.();
  }
}

/** Sources that push and are different in `next`: their routes are made once, when the service starts. */
export function pushChanges(present: Plant, next: Plant): string[] {
  const pushed = (plant: Plant) => withPush(plant.sources).filter(({ kind }) => kind === 'http');
  const [before, now] = [pushed(present), pushed(next)];
  const ids = new Set([...before, ...now].map(({ id }) => id));
  return [...ids].filter((id) => {
    const [old, fresh] = [before, now].map((sources) => sources.find((each) => each.id === id));
    return !old || !fresh || !isSameLink({ ...old, bindings: [] }, { ...fresh, bindings: [] });
  });
}

/** Whether a connection can stay: how its alerts are raised is the engine's business. */
function isSameLink(a: Source, b: Source): boolean {
  const linkOf = ({ alertAfterMs: _, latenessMs: __, priority: ___, ...link }: Source) => link;
  return isDeepStrictEqual(linkOf(a), linkOf(b));
}
