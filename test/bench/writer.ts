import type { Bench, Figure, Measurement } from './figure.ts';
import { plantOf } from './plant.ts';
import { copyCeilingOf, GRID_TAGS, pushGrid } from './push-grid.ts';
import { median, say } from './statistics.ts';

/** Readings a second of load: about what is committed in that time. */
const READINGS_PER_SECOND = 100_000;

/** How fast the writer carries a full readings log into the database. */
export const writer: Figure = {
  name: 'writer',
  about:
    'Readings wait in the log while `reading` is locked; from the unlocking to the last committed row, ' +
    'against Node binary COPY of the same rows into the same table.',

  async measure(bench: Bench): Promise<Measurement[]> {
    const database = await bench.database();
    const service = await bench.service(plantOf(), database);
    const readings = Math.round((bench.seconds(4) * READINGS_PER_SECOND) / 10_000) * 10_000;
    const grid = await pushGrid(bench, service);
    const copy = copyCeilingOf(bench, database, grid);
    const rates: number[] = [];
    const ceilings: number[] = [];
    let cpuSeconds = 0;
    for (let round = 0; round < bench.rounds; round++) {
      await database.query('truncate reading');
      const before = await service.stored();
      // Waiting for this lock is no error for the writer; its statements may take 30 s.
      await database.query('begin');
      await database.query('lock table reading in access exclusive mode');
      await grid.push(readings);
      await service.untilIdle();
      const cpuBefore = service.cpuSeconds();
      const startedAt = performance.now();
      await database.query('commit');
      const storedAt = await service.untilStored(before + readings);
      cpuSeconds += service.cpuSeconds() - cpuBefore;
      rates.push((readings / (storedAt - startedAt)) * 1_000);
      await service.untilIdle();
      ceilings.push(await copy.measure(readings));
      bench.say(`round ${round + 1}: ${say(rates.at(-1)!)} against ${say(ceilings.at(-1)!)} readings/s`);
    }
    const cpu = (cpuSeconds / (readings * bench.rounds)) * 1_000_000;
    return [
      {
        figure: 'writer: log → committed rows',
        unit: 'readings/s',
        value: median(rates),
        ceiling: median(ceilings),
        target: { of: 'ratio', is: 'at least', limit: 0.9 },
        note: `${readings} readings of ${GRID_TAGS} tags; service CPU ${say(cpu)} s per million`,
      },
    ];
  },
};
