import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTable, type TableOptions } from './numeric-rows.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millwright-table-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(name: string, content: string | Buffer, options: TableOptions = {}) {
  const file = join(folder, name);
  writeFileSync(file, content);
  const rows = [];
  for await (const row of readTable(file, options)) rows.push(row);
  return rows;
}

describe('a table of numbers', () => {
  it('is read with its times as written, and NaN where a number is missing', async () => {
    const text = 't,a,b\n2020-01-01T00:00:00Z,1.5,\n2020-01-01T00:00:01Z,2,-3e1\n';
    for (const content of [text, gzipSync(text)]) {
      const rows = await read(typeof content === 'string' ? 'plain.csv' : 'packed.csv.gz', content);
      expect(rows).toEqual([
        { kind: 'header', channels: ['a', 'b'] },
        {
          kind: 'row',
          line: 2,
          written: '2020-01-01T00:00:00Z',
          at: 1_577_836_800_000,
          values: Float64Array.of(1.5, Number.NaN),
        },
        {
          kind: 'row',
          line: 3,
          written: '2020-01-01T00:00:01Z',
          at: 1_577_836_801_000,
          values: Float64Array.of(2, -30),
        },
      ]);
    }
  });

  it('takes a cell that a short row lacks for an empty one', async () => {
    const rows = await read('short.csv', 'unit,t,a,b\n1,5,2,3\n1,6,2\n1,7\n', { idColumn: 'unit' });
    const values = rows.map((row) => (row.kind === 'row' ? [...row.values] : []));
    expect(values).toEqual([[], [1, 2, 3], [1, 2, Number.NaN], [1, Number.NaN, Number.NaN]]);
  });

  it('refuses a row with more cells than the first line, by its line, unless they are empty', async () => {
    await expect(read('long.csv', 't,a,b\n5,1,2\n6,1,2,3\n')).rejects.toThrow(
      /long\.csv:3: the row has 4 cells, and the first line 3/,
    );
    const [, row] = await read('trailing.csv', 't,a,b\n5,1,2,, \n');
    expect(row).toMatchObject({ values: Float64Array.of(1, 2) });
  });

  it('may have decimal commas between semicolons', async () => {
    const [, row] = await read('comma.csv', 't;a;b\n2020-01-01T00:00:00Z;54,25;-1,5e1\n');
    expect(row).toMatchObject({ values: Float64Array.of(54.25, -15) });
  });

  it('is refused for a number of thousands or of three decimals, also before the first decimal comma, until one is said', async () => {
    const text = 't;a;b\n1;1.473;980\n2;980;54,25\n';
    await expect(read('ambiguous.csv', text)).rejects.toThrow(
      /ambiguous\.csv:2: 1\.473: a thousands point or a decimal one\?/,
    );
    const [, comma] = await read('ambiguous.csv', text, { decimal: 'comma' });
    expect(comma).toMatchObject({ values: Float64Array.of(1_473, 980) });
    const [, first, second] = await read('ambiguous.csv', text, { decimal: 'point' });
    expect(first).toMatchObject({ values: Float64Array.of(1.473, 980) });
    expect(second).toMatchObject({ values: Float64Array.of(980, Number.NaN) });
    const [, plain] = await read('points.csv', 't;a;b\n1;1.473;0.5\n');
    expect(plain).toMatchObject({ values: Float64Array.of(1.473, 0.5) });
  });

  it('takes the time from the column that is named', async () => {
    const rows = await read('unit.csv', 'unit,t,a\n1,5,2\n', { timeColumn: 't' });
    expect(rows.map((row) => (row.kind === 'header' ? row.channels : [...row.values]))).toEqual([
      ['unit', 'a'],
      [1, 2],
    ]);
  });

  it('does not take the column of the machine for the time', async () => {
    const [header, row] = await read('id.csv', 'unit,t,a\n1,5,2\n', { idColumn: 'unit' });
    expect(header).toEqual({ kind: 'header', channels: ['unit', 'a'] });
    expect(row).toMatchObject({ at: 5, values: Float64Array.of(1, 2) });
  });

  it('counts plain numbers of the time in the unit it is told', async () => {
    const [, row] = await read('seconds.csv', 't,a\n1577836800,2\n', { timeUnit: 's' });
    expect(row).toMatchObject({ at: 1_577_836_800_000 });
  });

  it('reads local times of a zone through the hour that comes twice, of each machine on its own', async () => {
    const night = ['25.10.2026 02:30:00', '25.10.2026 02:45:00', '25.10.2026 02:00:00', '25.10.2026 02:30:00'];
    const half = 1_800_000;
    const from = Date.UTC(2026, 9, 25, 0, 30);
    const expected = [from, from + half / 2, from + half, from + 2 * half];
    const times = (rows: readonly { kind: string; at?: number }[]) => rows.flatMap(({ at }) => at ?? []);
    const local = { timezone: 'Europe/Berlin' };
    const text = `Zeit;a\n${night.map((time) => `${time};1`).join('\n')}\n`;
    expect(times(await read('night.csv', text, local))).toEqual(expected);
    const fleet = ['unit;Zeit;a', ...[1, 2].flatMap((id) => night.map((time) => `${id};${time};1`))].join('\n');
    const rows = await read('fleet.csv', fleet, { ...local, idColumn: 'unit', order: 'any' });
    expect(times(rows)).toEqual([...expected, ...expected]);
  });

  it('names all columns where the one of the machines is missing', async () => {
    await expect(read('no-unit.csv', 'Datum;Pumpe;Temperatur\n1;2;3\n', { idColumn: 'unit' })).rejects.toThrow(
      /no column unit that tells the machines apart: it has Datum, Pumpe, Temperatur/,
    );
  });

  it('says where it cannot be read', async () => {
    await expect(read('bad.csv', 't,a\nyesterday,1\n')).rejects.toThrow(/bad\.csv:2: "yesterday" is no time/);
    await expect(read('back.csv', 't,a\n5,1\n4,1\n')).rejects.toThrow(/back\.csv:3 is earlier/);
    await expect(read('one.csv', 't\n')).rejects.toThrow(/one column/);
    const missing = async () => {
      for await (const _ of readTable(join(folder, 'none.csv'))) throw new Error('it was read');
    };
    await expect(missing()).rejects.toThrow(/cannot read .*none\.csv: there is no such file$/);
  });
});
