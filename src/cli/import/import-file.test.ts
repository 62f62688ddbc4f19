import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NumberStyle } from './cell-number.ts';
import { createCellTime } from './cell-time.ts';
import { readColumns } from './columns.ts';
import { type CsvRow, readCsvRows } from './csv-rows.ts';
import { ImportReport } from './import-report.ts';
import type { KnownTags } from './known-tags.ts';
import { sayProgress } from './progress.ts';
import { createRowReader } from './row-readings.ts';

async function rowsOf(text: string | Buffer, pieceBytes = 7): Promise<CsvRow[]> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const rows: CsvRow[] = [];
  for await (const batch of readCsvRows(pieces())) rows.push(...batch.rows);
  return rows;
}
const naming = { map: new Map<string, string>(), asset: null, timeColumn: null };
const time = createCellTime({ unit: 'ms', timezone: null });
const readerOf = (
  header: readonly string[],
  separator: ',' | ';' = ',',
  known: KnownTags = new Map(),
  style: Partial<NumberStyle> = {},
) => createRowReader(readColumns(header, naming), { time, numbers: { separator, ...style }, naming, known });

describe('the rows of a CSV file', () => {
  it('are read however the file comes in pieces, with their lines', async () => {
    const text = '\uFEFF# logger\r\ntime,"a.x, drive end"\r\n\r\n1,"say ""hi"""\n2,"two\nlines"\n3,é\n4,last';
    for (const size of [1, 2, 3, 1_000]) {
      expect(await rowsOf(text, size)).toEqual([
        { line: 2, cells: ['time', 'a.x, drive end'] },
        { line: 4, cells: ['1', 'say "hi"'] },
        { line: 5, cells: ['2', 'two\nlines'] },
        { line: 7, cells: ['3', 'é'] },
        { line: 8, cells: ['4', 'last'] },
      ]);
    }
  });

  it('are read from UTF-16 by its byte order mark', async () => {
    const little = Buffer.from('\uFEFFZeit;a.x\r\n1;2,5 \u00b0C \u{1f525}\r\n', 'utf16le');
    for (const bytes of [little, Buffer.from(little).swap16()])
      for (const size of [1, 3, 1_000])
        expect(await rowsOf(bytes, size)).toEqual([
          { line: 1, cells: ['Zeit', 'a.x'] },
          { line: 2, cells: ['1', '2,5 \u00b0C \u{1f525}'] },
        ]);
  });

  it.each([
    ['PK\x03\x04\x14\x00', /this is an Excel file \(\.xlsx\).* save it as CSV \(UTF-8\)/],
    ['\xd0\xcf\x11\xe0\xa1', /this is an old Excel file/],
    ['\x1f\x8b\x08\x00', /ends in \.gz/],
    ['t\x00i\x00m\x00e\x00', /no text in UTF-8/],
  ])('are not looked for in a file that is no text: %j', async (beginning, says) => {
    await expect(rowsOf(Buffer.from(beginning, 'latin1'), 1)).rejects.toThrow(says);
  });

  it('are not guessed where the file is in another encoding', async () => {
    for (const text of ['Zeit;K\xfchlung.x\r\n1;2\r\n', 'time;a.x\r\n1;20 \xb0', '\xfc'])
      for (const size of [1, 3, 1_000])
        await expect(rowsOf(Buffer.from(text, 'latin1'), size)).rejects.toThrow(
          /this file is not UTF-8.*save it as CSV UTF-8/,
        );
  });

  it('are what was written, whatever is in the cells', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', '1', 'é') });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        async (rows, size) => {
          const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const text = rows.map((row) => `x,${row.map(quoted).join(',')}`).join('\n');
          expect((await rowsOf(text, size)).map(({ cells }) => cells?.slice(1))).toEqual(rows);
        },
      ),
    );
  });

  it('are the same wherever the pieces end and the quotes stand, and one that is left open harms its own row', async () => {
    expect((await rowsOf('a,b\n1,"2\n3,4\n5,6\n', 1_000)).map(({ cells }) => cells?.length)).toEqual([2, 2, 2, 2]);
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r'), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 20 }), async (body, size) => {
        const whole = await rowsOf(`x,y\n${body}`, 10_000);
        expect(await rowsOf(`x,y\n${body}`, size)).toEqual(whole);
      }),
    );
  });

  it('that are too long are told and harm no other', async () => {
    const rows = await rowsOf(`a,b\n${'x'.repeat(3_000_000)}\n1,2\n`, 65_536);
    expect(rows.map(({ line, cells }) => [line, cells?.length ?? null])).toEqual([
      [1, 2],
      [2, null],
      [3, 2],
    ]);
  });
});

describe('the time of a row', () => {
  const read = (unit: 's' | 'ms' | 'us' | 'ns', timezone: string | null = null) => createCellTime({ unit, timezone });

  it.each<[unit: 's' | 'ms' | 'us' | 'ns', cell: string, expected: number]>([
    ['ms', '2026-11-21T10:42:03.250Z', 1_795_257_723_250],
    ['ms', '2026-11-21 11:42:03,25+01:00'.replace(',', '.'), 1_795_257_723_250],
    ['ms', '1795257723250.125', 1_795_257_723_250.125],
    ['s', '1795257723.25', 1_795_257_723_250],
    ['us', '1795257723250125', 1_795_257_723_250.125],
    ['ns', '1795257723250125999', 1_795_257_723_250.126],
  ])('in %s: %s', (unit, cell, expected) => {
    expect(Math.abs((read(unit)(cell) as number) - expected)).toBeLessThan(0.001);
  });

  it('without a zone is that of the zone given, on both sides of the clock change, and refused without one', () => {
    const berlin = read('ms', 'Europe/Berlin');
    const iso = (cell: string) => new Date(berlin(cell) as number).toISOString();
    expect(iso('2026-07-01 12:00:00')).toBe('2026-07-01T10:00:00.000Z');
    expect(iso('2026-12-01 12:00')).toBe('2026-12-01T11:00:00.000Z');
    expect(iso('2026-10-25 01:59:59')).toBe('2026-10-24T23:59:59.000Z');
    expect(iso('2026-10-25 02:30:00')).toBe('2026-10-25T00:30:00.000Z');
    expect(iso('2026-10-25 03:00:00')).toBe('2026-10-25T02:00:00.000Z');
    expect(iso('2026-03-29 01:59:59')).toBe('2026-03-29T00:59:59.000Z');
    expect(iso('2026-03-29 03:00:00')).toBe('2026-03-29T01:00:00.000Z');
    expect(read('ms')('2026-07-01 12:00:00')).toEqual({
      wrong: '2026-07-01 12:00:00 has no time zone: say which with --timezone',
    });
    expect(read('ms')('yesterday')).toEqual({
      wrong: '"yesterday" is no time such as 2026-11-21T10:42:03Z or 21.11.2026 10:42:03',
    });
  });
});

describe('a date as spreadsheets write it', () => {
  const berlin = createCellTime({ unit: 'ms', timezone: 'Europe/Berlin' });

  it.each([
    ['24.10.2026 03:44:00', '2026-10-24T01:44:00.000Z'],
    ['24.10.2026 03:44', '2026-10-24T01:44:00.000Z'],
    ['4.1.2026 3:44:09,250', '2026-01-04T02:44:09.250Z'],
    ['04.01.2026, 13:44:09.5', '2026-01-04T12:44:09.500Z'],
  ])('with dots is day, month and year: %s', (cell, time) => {
    expect(new Date(berlin(cell) as number).toISOString()).toBe(time);
  });

  it('needs a zone, and must exist', () => {
    expect(createCellTime({ unit: 'ms', timezone: null })('24.10.2026 03:44:00')).toEqual({
      wrong: '24.10.2026 03:44:00 has no time zone: say which with --timezone',
    });
    expect(berlin('10.24.2026 03:44:00')).toEqual({ wrong: '10.24.2026 03:44:00 is no time that exists' });
  });

  it('with slashes is refused with what to write: it may be either', () => {
    expect(berlin('03/04/2026 10:42')).toEqual({
      wrong: '"03/04/2026 10:42" may be day/month or month/day: write 2026-11-21 10:42:03 or 21.11.2026 10:42:03',
    });
  });
});

describe('the hour that comes twice in autumn', () => {
  const at = (minutes: number) => Date.UTC(2026, 9, 24, 23, minutes);
  const wallOf = (ms: number) =>
    new Date(ms + (ms < Date.UTC(2026, 9, 25, 1) ? 2 : 1) * 3_600_000).toISOString().slice(0, 19);
  const course = (everyMinutes: number) => {
    const times: number[] = [];
    for (let minutes = 0; minutes < 300; minutes += everyMinutes) times.push(at(minutes));
    return times;
  };

  it.each([1, 10, 30, 45, 60])('is read twice from rows every %i min, newest last or first', (minutes) => {
    for (const times of [course(minutes), course(minutes).reverse()]) {
      const berlin = createCellTime({ unit: 'ms', timezone: 'Europe/Berlin' });
      expect(times.map((time) => berlin(wallOf(time)))).toEqual(times);
    }
  });

  it('is read twice of each tag, row by row in turn or one tag behind the other', () => {
    const berlin = createCellTime({ unit: 'ms', timezone: 'Europe/Berlin' });
    const read = (time: number, tag: string) => berlin(wallOf(time), tag);
    expect(course(10).flatMap((time) => [read(time, 'a.x'), read(time, 'a.y')])).toEqual(
      course(10).flatMap((time) => [time, time]),
    );
    expect(course(10).map((time) => read(time, 'a.z'))).toEqual(course(10));
  });

  it('has none in its place in spring: such a time is refused', () => {
    const berlin = createCellTime({ unit: 'ms', timezone: 'Europe/Berlin' });
    expect(berlin('2026-03-29 02:30:00')).toEqual({
      wrong: expect.stringMatching(/^2026-03-29 02:30:00 does not exist in Europe\/Berlin/),
    });
  });
});

describe('the columns of a file', () => {
  it('are a tag each, or name the tag, the value and perhaps the quality', () => {
    expect(readColumns(['Time', 'a.x', 'room'], naming)).toEqual({
      layout: 'wide',
      time: 0,
      values: [{ column: 1, tag: 'a.x' }],
      left: ['room'],
      count: 3,
    });
    expect(readColumns(['tag', 'at', 'value', 'quality'], naming)).toEqual({
      layout: 'long',
      time: 1,
      tag: 0,
      value: 2,
      quality: 3,
      count: 4,
    });
    const mapped = readColumns(['ts', 'T1', 'T2'], { ...naming, map: new Map([['T1', 'a.x']]), asset: 'b' });
    expect(mapped).toMatchObject({ values: [{ tag: 'a.x' }, { tag: 'b.T2' }] });
  });

  it('that say too little are refused with what to do', () => {
    expect(() => readColumns(['a.x', 'b.x'], naming)).toThrow('say which is the time with --time-column');
    expect(() => readColumns(['time', 'x'], naming)).toThrow('--map column=asset.tag');
    expect(() => readColumns(['time', 'x'], { ...naming, map: new Map([['y', 'a.x']]) })).toThrow(
      '--map names the column y',
    );
  });
});

describe('a row', () => {
  it('that is wide gives a reading for each cell that has something, and tells each that is no number', () => {
    const read = readerOf(['time', 'a.x', 'a.y', 'a.z']);
    expect(read({ line: 2, cells: ['1000', '1.5', '', '0x10'] })).toEqual({
      readings: [{ tag: 'a.x', at: 1_000, value: 1.5, quality: 'good' }],
      problems: ['a.z: "0x10" is no number'],
    });
    expect(readerOf(['time', 'a.x'], ';')({ line: 2, cells: ['1', '1,5'] }).readings[0]?.value).toBe(1.5);
  });

  it('with a number of thousands or of three decimals is asked about where other numbers have a decimal comma', () => {
    const known: KnownTags = new Map([
      ['a.x', 'number'],
      ['a.y', null],
    ]);
    const read = readerOf(['time', 'a.x', 'a.y', 'a.z'], ';', known, { hasCommas: true });
    const { readings, problems } = read({ line: 2, cells: ['1', '1.473', '1.480', '0.473'] });
    expect(readings).toEqual([{ tag: 'a.z', at: 1, value: 0.473, quality: 'good' }]);
    expect(problems).toEqual([
      expect.stringMatching(
        /^a\.x: 1\.473: a thousands point or a decimal one\?.*--decimal comma reads it as 1473, --decimal point as 1\.473/,
      ),
      expect.stringMatching(/^a\.y: 1\.480: a thousands point/),
    ]);
    const [grouped] = read({ line: 3, cells: ['1', '1.473,73', '', ''] }).problems;
    expect(grouped).toBe('a.x: "1.473,73" is no number: --decimal comma reads it as 1473.73');
    const plain = readerOf(['time', 'a.x'], ';', known)({ line: 2, cells: ['1', '1.473'] });
    expect(plain.readings[0]?.value).toBe(1.473);
  });

  it.each([
    ['comma', ['1.473', '1.473.000,5', '12,5', '980'], [1_473, 1_473_000.5, 12.5, 980]],
    ['comma', ['12.5', '-1.473', '1,4,7', '1.5e1'], [null, -1_473, null, null]],
    ['point', ['1.473', '1,473,000.5', '12.5', '980'], [1.473, 1_473_000.5, 12.5, 980]],
    ['point', ['12,5', '1,473', '1,5e1', '0.473'], [null, 1_473, null, 0.473]],
  ] as const)('has the numbers that the decimal sign %s makes of %j', (decimal, cells, values) => {
    const read = readerOf(['time', 'a.p', 'a.q', 'a.r', 'a.s'], ';', new Map(), { decimal, hasCommas: true });
    const { readings, problems } = read({ line: 2, cells: ['1', ...cells] });
    const found = new Map(readings.map(({ tag, value }) => [tag, value]));
    expect(['a.p', 'a.q', 'a.r', 'a.s'].map((tag) => found.get(tag) ?? null)).toEqual(values);
    expect(problems.length).toBe(values.filter((value) => value === null).length);
  });

  it('has texts for tags that may hold them, and no number for those that hold texts', () => {
    const known: KnownTags = new Map([
      ['a.text', 'text'],
      ['a.open', null],
      ['a.number', 'number'],
    ]);
    const read = readerOf(['time', 'a.text', 'a.open', 'a.number', 'a.new'], ',', known);
    const values = (cells: string[]) => read({ line: 2, cells: ['1', ...cells] }).readings.map(({ value }) => value);
    expect(values(['007', '007', '007', '007'])).toEqual(['007', 7, 7, 7]);
    expect(values(['idle', 'idle', '', ''])).toEqual(['idle', 'idle']);
    expect(read({ line: 2, cells: ['1', '', '', 'idle', 'idle'] })).toEqual({
      readings: [],
      problems: ['a.number: "idle" is no number', 'a.new: "idle" is no number'],
    });
  });

  it('with more cells than the first line is left out: nobody knows which belongs to which column', () => {
    const read = readerOf(['time', 'a.x', 'a.y']);
    const problems = [
      'the row has 4 cells, and the first line 3: name every column, and quote a number with a separator in it',
    ];
    expect(read({ line: 2, cells: ['1', '54', '25', '7'] })).toEqual({ readings: [], problems });
    expect(read({ line: 2, cells: ['1', '54', '25', '', ' '] }).readings).toHaveLength(2);
    expect(read({ line: 2, cells: ['1', '54'] })).toMatchObject({ readings: [{ tag: 'a.x' }], problems: [] });
  });

  it('that is long has its quality, and no value only when it is bad', () => {
    const read = readerOf(['time', 'tag', 'value', 'quality']);
    expect(read({ line: 2, cells: ['1', 'a.x', '', 'bad'] }).readings).toEqual([
      { tag: 'a.x', at: 1, value: null, quality: 'bad' },
    ]);
    expect(read({ line: 2, cells: ['1', 'a.x', '', 'good'] }).problems).toEqual(['there is no value']);
    expect(read({ line: 2, cells: ['1', 'a.x', '1', '192'] }).problems).toEqual([
      'quality is good, uncertain or bad, not "192"',
    ]);
    expect(read({ line: 2, cells: null }).problems).toEqual(['the line is longer than 1 MiB']);
  });

  it('never gives what is not in it, whatever it is', () => {
    const read = readerOf(['time', 'tag', 'value', 'quality']);
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 6 }), (cells) => {
        const { readings, problems } = read({ line: 1, cells });
        expect(readings.length + problems.length).toBe(1);
        for (const { value } of readings) expect(value === null || Number.isFinite(value)).toBe(true);
      }),
    );
  });
});

describe('what an import says', () => {
  it('is how far it is, how fast, and when it is done', () => {
    expect(sayProgress({ doneBytes: 12_000_000, totalBytes: 48_000_000, readings: 1_000_000 }, 10_000)).toBe(
      '[######------------------]  25 %  12.0 of 48.0 MB  100,000 readings/s  00:30 left',
    );
  });

  it('lists the first five mistakes with their lines, and what an unknown tag may have meant', () => {
    const report = new ImportReport();
    report.rows = 9;
    report.reading('a.x', 0);
    report.unknown('a.vibratoin', 60_000);
    for (let line = 2; line < 9; line++) report.problem(line, 'x');
    const lines = report.lines('dry run', new Set(['a.vibration']));
    expect(lines).toContain('from 1970-01-01T00:00:00.000Z to 1970-01-01T00:01:00.000Z');
    expect(lines).toContain('unknown, left out with 1 reading: a.vibratoin (did you mean a.vibration?)');
    expect(lines.filter((line) => line.startsWith('  line'))).toHaveLength(5);
    expect(lines.at(-1)).toBe('  … and 2 more');
    expect(report.incomplete('dry run')).toBe(
      'not the whole file: readings and rows would be left out: 1 of unknown tags, 7 not understood (exit code 1)',
    );
    expect(new ImportReport().incomplete('import')).toBeNull();
  });
});
