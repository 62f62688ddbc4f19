import { isDeepStrictEqual } from 'node:util';
import { comparePlants, type PlantChange } from '../cli/plan/compare-plants.ts';
import type { LoadedPlant } from '../config/load.ts';
import { formatProblems } from '../config/problems.ts';
import type { EngineHost } from '../engine/host.ts';
import type { LiveValues } from '../ingest/live-values.ts';
import type { TagRegistry } from '../ingest/tag-registry.ts';
import { ApiError, ConfigError } from '../model/errors.ts';
import { limitsByTag, type WatchedLimit } from '../model/limits.ts';
import type { Plant } from '../model/plant.ts';
import type { ChangeableGuard } from '../notify/changeable-guard.ts';
import type { Logger } from '../telemetry/log.ts';
import { prepareAdapters, pushChanges, type Sources } from './sources.ts';

/** What a reload did. */
export interface Reloaded {
  readonly changes: readonly PlantChange[];
}

/** The plant that the service lives by. */
export interface LivePlant {
  readonly present: () => Plant;
  /** Limits that its rules watch, for charts. */
  readonly limitsOf: (tag: string) => readonly WatchedLimit[];
  /**
   * Reads the plant file again and takes what changed, for `by`. Throws an `ApiError` that says what is wrong when it has an
   * error or asks for what needs a restart, and what the database or the log throw: then nothing has changed.
   */
  readonly reload: (by: string) => Promise<Reloaded>;
}

/** What lives by it. */
export interface LivePlantOptions {
  readonly plant: Plant;
  /** Reads and checks the plant file; `null`: the service was started without one. */
  readonly reread: (() => Promise<LoadedPlant>) | null;
  /** Writes what a plant file says into the database, all of it or nothing. */
  readonly store: (plant: Plant) => Promise<void>;
  readonly engine: Pick<EngineHost, 'follow'>;
  readonly tags: Pick<TagRegistry, 'replaceListed'>;
  readonly live: Pick<LiveValues, 'newestOf' | 'retract'>;
  readonly guard: Pick<ChangeableGuard, 'allow'>;
  readonly sources: Pick<Sources, 'replace'>;
  /** Asks again which endpoints there are. */
  readonly learnEndpoints: () => Promise<void>;
  readonly logger: Logger;
}

/** What of a plant the service can live by from one moment to the next; the rest is read when it starts. */
const LIVE: readonly string[] = [
  'sources',
  'assets',
  'tags',
  'rules',
  'packs', // a report: what packs bring are rules
  'endpoints',
  'allowPrivateWebhookTargets',
];

/** How the plant file calls the rest, where it has another word. */
const WRITTEN_AS: Readonly<Record<string, string>> = { name: 'plant', points: 'waveforms' };

/** Makes the plant of a service one that can be reloaded, by one at a time. */
export function createLivePlant(options: LivePlantOptions): LivePlant {
  const { reread, logger } = options;
  let present = options.plant;
  let limits = limitsByTag(present.rules);
  let isReloading = false;
  const reload = async (by: string): Promise<Reloaded> => {
    if (reread === null) throw new ApiError(409, 'restart_needed', 'the service was started without a plant file');
    const next = checked(await reread());
    const changes = comparePlants(present, next);
    if (changes.length === 0) {
      logger.info({ by }, 'nothing has changed in the plant file');
      return { changes };
    }
    const atStart = startChanges(present, next);
    if (atStart.length > 0)
      throw new ApiError(409, 'restart_needed', `restart needed: ${atStart.join(', ')} cannot change while it runs`);
    await apply(present, next, options);
    present = next;
    limits = limitsByTag(next.rules);
    logger.info({ by, changes: changes.map(({ kind, what }) => `${what} ${kind}`) }, 'the plant file was taken');
    return { changes };
  };
  return {
    present: () => present,
    limitsOf: (tag) => limits.get(tag) ?? [],
    reload: async (by) => {
      if (isReloading) throw new ApiError(429, 'rate_limited', 'the plant file is being reloaded', { retryAfterS: 2 });
      isReloading = true;
      return await reload(by).finally(() => {
        isReloading = false;
      });
    },
  };
}

/** First what can fail, and is put back then; from the record in the log on there is no way back. */
async function apply(present: Plant, next: Plant, options: LivePlantOptions): Promise<void> {
  const { store, engine, tags, live, guard, sources, learnEndpoints } = options;
  await prepareAdapters(next.sources);
  await store(next);
  try {
    guard.allow(next.allowPrivateWebhookTargets);
    await engine.follow(next);
  } catch (error) {
    guard.allow(present.allowPrivateWebhookTargets);
    await store(present).catch(() => undefined); // the database went away meanwhile: the next start writes it
    if (error instanceof ConfigError) throw new ApiError(409, 'restart_needed', error.message, { cause: error });
    throw error;
  }
  for (const name of tags.replaceListed(next.tags)) {
    const newest = live.newestOf(name);
    if (newest) live.retract(newest, null);
  }
  await learnEndpoints().catch(() => undefined); // asked again in half a minute
  await sources.replace(next);
}

function checked(loaded: LoadedPlant): Plant {
  if (loaded.ok) return loaded.plant;
  throw new ApiError(422, 'plant_invalid', `nothing was changed:\n${formatProblems(loaded.problems)}`);
}

function startChanges(present: Plant, next: Plant): string[] {
  const [before, now] = [new Map<string, unknown>(Object.entries(present)), new Map(Object.entries(next))];
  const keys = [...new Set([...before.keys(), ...now.keys()])].filter(
    (key) => !LIVE.includes(key) && !isDeepStrictEqual(before.get(key), now.get(key)),
  );
  const names = keys.map((key) => WRITTEN_AS[key] ?? key);
  return [...names, ...pushChanges(present, next).map((id) => `adapter ${id} (http)`)];
}
