import type { Database } from '../../src/store/database.ts';
import { findEdition } from '../../src/store/edition.ts';
import { ensureReadingsTable } from '../../src/store/readings-table.ts';
import { applyPolicies } from '../../src/store/rollup-policies.ts';
import { ensureRollups } from '../../src/store/rollups.ts';
import { startTimescale } from '../kit/timescale.ts';
import type { Bench, Figure } from './figure.ts';
import { say } from './statistics.ts';

const SIGNALS = 10;
const HOURS = 24;
const COPY_SECONDS = 3_600;
const DAY_MS = 86_400_000;
const RETENTION = {
  readingsMs: 400 * DAY_MS,
  rollupsMs: 4_000 * DAY_MS,
  waveformsMs: 90 * DAY_MS,
  compressAfterMs: 7 * DAY_MS,
};

/** What a reading costs on disk once it is compressed. */
export const columnstore: Figure = {
  name: 'columnstore',
  about:
    'Bytes a reading, index and all, of ten signals at 1 Hz for a day in the columnstore of TimescaleDB Community, which runs in this ' +
    'process: it tells the size, not the speed.',

  async measure(bench) {
    const database = await startTimescale();
    bench.keep({ [Symbol.asyncDispose]: () => database.close() });
    const edition = await findEdition(database);
    await ensureReadingsTable(database, edition);
    await database.transaction((session) => ensureRollups(session, edition));
    await database.transaction((session) => applyPolicies(session, RETENTION)); // the layout is the store's own
    const readings = await fill(bench, database);
    const before = await sizeOf(database);
    bench.say('compressing');
    await database.query(`select compress_chunk(c, true) from show_chunks('reading') c`);
    const after = await sizeOf(database);
    return [
      {
        figure: 'columnstore, mix of ten signals at 1 Hz',
        unit: 'bytes/reading',
        value: after / readings,
        ceiling: null,
        target: { of: 'value', is: 'at most', limit: 4.5 },
        note: `${readings} readings; ${say(before / readings)} bytes before`,
      },
    ];
  },
};

async function fill(bench: Bench, database: Database): Promise<number> {
  const signals = new bench.tools.scheme.Signals(SIGNALS);
  const startS = Date.UTC(2026, 0, 1) / 1_000;
  for (let hour = 0; hour < HOURS; hour++) {
    const lines: string[] = [];
    for (let second = 0; second < COPY_SECONDS; second++) {
      const at = new Date((startS + hour * COPY_SECONDS + second) * 1_000).toISOString();
      for (let tag = 0; tag < SIGNALS; tag++) lines.push(`${tag + 1},${at},${signals.next(tag)},0,`);
    }
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    await database.copyIn('copy reading (tag_id, at, value, quality, code) from stdin (format csv)', bytes);
    if (hour % 6 === 5) bench.say(`${hour + 1} of ${HOURS} hours`);
  }
  return SIGNALS * HOURS * COPY_SECONDS;
}

async function sizeOf(database: Database): Promise<number> {
  const { rows } = await database.query<{ bytes: number }>(
    `select sum(total_bytes)::float8 as bytes from chunks_detailed_size('reading')`,
  );
  return rows[0]!.bytes;
}
