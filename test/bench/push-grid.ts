import { measureCopy } from './copy-ceiling.ts';
import type { BenchDatabase } from './database.ts';
import type { Bench } from './figure.ts';
import { type Load, runLoad, timeGrid } from './load.ts';
import type { BenchService } from './service.ts';

export const GRID_TAGS = 1_000;
const BATCH = 5_000;
const WARM_UP_READINGS = 50_000;

/** Fills the readings log as fast as HTTP allows, with readings that never meet. */
export interface PushGrid {
  readonly stepMs: number;
  /** Where the next readings begin, EpochMs. */
  next(readings: number): number;
  push(readings: number): Promise<Load>;
}

/** Makes the tags and the partition, and warms the service up, which is not counted. */
export async function pushGrid(bench: Bench, service: BenchService): Promise<PushGrid> {
  const times = timeGrid();
  const next = (readings: number) => times.next(Math.ceil(readings / GRID_TAGS));
  const push = (readings: number) =>
    runLoad(bench, 'http-load', {
      url: `${service.url}/api/v2/write`,
      header: `authorization: ${service.authorization}`,
      format: 'influx',
      readings,
      points: GRID_TAGS,
      batch: BATCH,
      start: next(readings),
      step: times.stepMs,
    });
  const before = await service.stored();
  await push(WARM_UP_READINGS);
  await service.untilStored(before + WARM_UP_READINGS);
  return { stepMs: times.stepMs, next, push };
}

/** The COPY ceiling for the table that the service made, with rows like those it was sent. */
export function copyCeilingOf(bench: Bench, database: BenchDatabase, grid: Pick<PushGrid, 'stepMs' | 'next'>) {
  return {
    measure: (readings: number) =>
      measureCopy(database, {
        scheme: bench.tools.scheme,
        readings,
        tags: GRID_TAGS,
        startAt: grid.next(readings),
        stepMs: grid.stepMs,
      }),
  };
}
