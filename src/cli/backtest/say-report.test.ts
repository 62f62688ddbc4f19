import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Episode } from '../../engine/backtest/episodes.ts';
import type { BacktestReport } from '../../engine/backtest/messages.ts';
import { requirePlantUnarmed } from '../plant-from-file.ts';
import { sayBar } from './bar.ts';
import { readLabels } from './labels.ts';
import { readRange } from './range.ts';
import { sayReport } from './say-report.ts';

const T0 = Date.parse('2026-03-01T06:00:00Z');
const HOUR = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'millwright-labels-'));
afterAll(() => rmSync(folder, { recursive: true }));

const episode = (from: number, to: number | null): Episode => ({
  rule: 'vibration-high',
  kind: 'machine',
  tag: 'pump-1.vibration',
  asset: 'pump-1',
  priority: 'high',
  from,
  to,
  level: 'H',
  value: 5,
  limit: 4.5,
  explanation: 'pump-1.vibration is 5 mm/s',
});

const report: BacktestReport = {
  from: T0,
  to: T0 + 7 * 24 * HOUR,
  readings: 604_800,
  tags: 1,
  elapsedMs: 900,
  against: 'rules',
  rules: [{ rule: 'vibration-high', before: 2, now: 2, same: 0, earlier: 1, later: 0, gone: 1, new: 1 }],
  changes: [
    {
      kind: 'earlier',
      before: episode(T0 + HOUR, T0 + 2 * HOUR),
      now: episode(T0 + 0.5 * HOUR, null),
      shiftMs: -0.5 * HOUR,
    },
    { kind: 'gone', before: episode(T0 + 5 * HOUR, T0 + 6 * HOUR), now: null, shiftMs: null },
  ],
  changesLeftOut: 1,
  judgement: {
    labels: 2,
    hits: [
      {
        label: { name: 'bearing', asset: 'pump-1', tag: null, from: T0, to: T0 + 3 * HOUR, origin: 'label' },
        first: episode(T0 + 0.5 * HOUR, null),
        leadMs: 2.5 * HOUR,
      },
    ],
    misses: [{ name: 'seal', asset: 'pump-1', tag: null, from: T0, to: T0 + HOUR, origin: 'work order' }],
    leadMs: { least: 2.5 * HOUR, median: 2.5 * HOUR, most: 2.5 * HOUR },
    falseAlarms: [],
    falseAlarmCount: 0,
    falseAlarmsPerDay: 0,
  },
  notes: ['no history of pump-1.speed'],
};

describe('the report of a back-test', () => {
  it('is for a person', () => {
    expect(sayReport(report, { plantFile: 'new.yaml', timezone: 'Europe/Berlin' }).split('\n')).toEqual([
      'new.yaml from 2026-03-01 07:00:00 to 2026-03-08 07:00:00 (Europe/Berlin, 7 d), against the present rules',
      '604,800 readings of 1 tag in 0.9 s, 672,000 a second',
      '',
      'rule            before  now  same  earlier  later  gone  new',
      'vibration-high       2    2     0        1      0     1    1',
      '',
      'what differs: + new, - gone, < earlier, > later',
      '<  2026-03-01 07:30:00  vibration-high (pump-1.vibration)  30 min earlier  H, still active, pump-1.vibration is 5 mm/s',
      '-  2026-03-01 12:00:00  vibration-high (pump-1.vibration)  gone            H, for 60 min, pump-1.vibration is 5 mm/s',
      '… and 1 more',
      '',
      '1 of 2 faults were seen; lead time 2 h 30 min (2 h 30 min to 2 h 30 min); 0 false alarms, 0.00 a day',
      'hit   2026-03-01 10:00:00  bearing  vibration-high, 2 h 30 min before',
      'MISS  2026-03-01 08:00:00  seal',
      '',
      'note: no history of pump-1.speed',
    ]);
  });

  it('has a bar while it is made', () => {
    expect(sayBar({ at: T0 + 42 * HOUR, readings: 1_234 }, { ...report, timezone: 'Europe/Berlin' })).toBe(
      '[######------------------]  25 %  2026-03-03 01:00  1,234 readings',
    );
  });
});

describe('labels', () => {
  const plant = requirePlantUnarmed(resolve(import.meta.dirname, '../../../test/scenarios/plants/hall.yaml'));
  const read = async (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return readLabels(file, plant).catch((error: Error) => error.message.replace(`${file}: `, ''));
  };
  const label = { name: 'bearing', asset: 'pump-1', tag: null, from: T0, to: T0 + HOUR, origin: 'label' };

  it('are read from CSV and YAML', async () => {
    const csv = 'asset;tag;from;to;name\npump-1;;2026-03-01T06:00:00Z;2026-03-01T07:00:00Z;bearing\n';
    expect(await read('a.csv', csv)).toEqual([label]);
    const yaml = '- { tag: pump-1.vibration, from: 2026-03-01T06:00:00Z, to: 2026-03-01T07:00:00Z }\n';
    expect(await read('a.yaml', yaml)).toEqual([{ ...label, name: 'pump-1.vibration', tag: 'pump-1.vibration' }]);
  });

  it('that are wrong are refused with their place', async () => {
    const row = (cells: string) => read('b.csv', `asset,tag,from,to\n${cells}\n`);
    expect(await row('pump-2,,2026-03-01T06:00:00Z,2026-03-01T07:00:00Z')).toBe('label 1: there is no asset pump-2');
    expect(await row(',pump-1.x,,')).toBe('label 1: there is no tag pump-1.x');
    expect(await row('pump-1,,yesterday,')).toContain('label 1: from is an RFC 3339 time');
    expect(await row('pump-1,,2026-03-01T06:00:00Z,2026-03-01T05:00:00Z')).toBe('label 1: it ends before it begins');
    expect(await read('c.csv', 'machine,from\n')).toContain('unknown column "machine"');
    expect(await read('c.yaml', 'asset: x\n')).toContain('labels are a list');
    expect(await readLabels(join(folder, 'none.csv'), plant).catch((error: Error) => error.message)).toContain(
      'ENOENT',
    );
  });
});

describe('a range', () => {
  it('is two times, or counts back from now', () => {
    expect(readRange({ from: '2d' }, T0)).toEqual({ from: T0 - 48 * HOUR, to: T0 });
    expect(readRange({ from: '2026-03-01T05:00:00Z', to: '30m' }, T0)).toEqual({ from: T0 - HOUR, to: T0 - HOUR / 2 });
    expect(() => readRange({ from: '1h', to: '2h' }, T0)).toThrow('--from must be before --to');
    expect(() => readRange({ from: 'monday' }, T0)).toThrow('--from must be a time such as');
  });
});
