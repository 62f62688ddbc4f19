import { describe, expect, it } from 'vitest';
import type { Subject, Verdict } from '../detector.ts';
import { drift } from './index.ts';
import { type Happening, machine, type Row } from './testbench.ts';

const EVERY_MS = 300_000;
const config = {
  drives: 3,
  least: 0,
  sigmas: 6,
  quiet: 2,
  learn: 1_440,
  every: EVERY_MS,
  slowest: 5_400_000,
  lasting: 7_200_000,
};
const units: Record<string, string> = { temperature: 'Cel', vibration: 'mm/s', speed: '/min', load: '%' };
const ROWS = 3_000;
/** More with WELL_MACHINES in the environment. */
const WELL = Number(process.env.WELL_MACHINES ?? 6);
const TWO_SPEEDS = [1_500, 1_100] as const;
const ONE_SPEED = [1_500, 1_500] as const;

type Name = 'temperature' | 'vibration';

function subjectOf(judged: Name): Subject {
  const other = judged === 'temperature' ? 'vibration' : 'temperature';
  const inputs = [judged, other, 'speed', 'load'].map((name) => ({ tag: `fan-1.${name}`, unit: units[name]! }));
  return { ...inputs[0]!, inputs: [...inputs, { tag: 'hall.air', unit: 'Cel' }] };
}

function inputsOf([temperature, vibration, ...drives]: Row, judged: Name): Float64Array {
  return Float64Array.of(
    ...(judged === 'temperature' ? [temperature, vibration] : [vibration, temperature]),
    ...drives,
  );
}

function judge(rows: readonly Row[], judged: Name, settings: Partial<typeof config> = {}): Verdict[] {
  const all = { ...config, ...settings };
  const state = drift.init(all);
  return rows.map((row, i) => drift.step(state, i * EVERY_MS, inputsOf(row, judged), all, subjectOf(judged)));
}

const count = (verdicts: readonly Verdict[]) => verdicts.filter(({ state }) => state === 'abnormal').length;
const said = (verdict: Verdict | undefined) =>
  verdict?.state === 'abnormal' ? verdict.finding.explanation : `it is ${verdict?.state}`;

/** An instrument whose zero moves: 8 K or 1.6 mm/s in three days. */
const drifting = (tag: number, size: number): Happening => ({
  from: 2_000,
  change: (row, x) => {
    row[tag]! += size * Math.min(1, x / 864);
  },
});

describe('drift', () => {
  it('tells an instrument that creeps away from what the drives explain, and by how much', () => {
    const verdicts = judge(machine(1, { rows: ROWS, speeds: TWO_SPEEDS, happening: drifting(0, 8) }), 'temperature');
    const first = verdicts.findIndex(({ state }) => state === 'abnormal');
    expect(first).toBeGreaterThan(2_000);
    expect(first).toBeLessThan(2_864);
    expect(verdicts.slice(first).some(({ state }) => state === 'normal')).toBe(false);
    expect(said(verdicts.at(-1))).toMatch(
      /^fan-1\.temperature is [\d.]+ °C, [78]\.\d+ °C above what fan-1\.speed, fan-1\.load and hall\.air explain, for [234] d[^:]*: it is as far off at every speed, as an instrument is, and fan-1\.vibration did not move with it/,
    );
  });

  it('tells one that jumped down, where the speed never changes, by its neighbours alone', () => {
    const happening: Happening = { from: 2_000, change: (row) => (row[0] -= 9) };
    const verdicts = judge(machine(2, { rows: 2_300, speeds: ONE_SPEED, happening }), 'temperature');
    expect(count(verdicts)).toBeGreaterThan(200);
    expect(said(verdicts.at(-1))).toContain('below what');
    expect(said(verdicts.at(-1))).toContain('did not move with it, as they seldom fail to when the machine is ill');
  });

  it('says nothing of an ill machine: a bearing that gets rough and warm moves two tags', () => {
    const change = (row: Row, x: number) => {
      row[0] += 8 * Math.min(1, x / 864);
      row[1] += 1.6 * Math.min(1, x / 864);
    };
    for (const speeds of [ONE_SPEED, TWO_SPEEDS])
      for (const name of ['temperature', 'vibration'] as const)
        expect(count(judge(machine(3, { rows: ROWS, speeds, happening: { from: 2_000, change } }), name))).toBe(0);
  });

  it('tells an offset from an imbalance, which moves the same tag alone but with the square of the speed', () => {
    const imbalance: Happening = {
      from: 2_000,
      change: (row, x) => {
        row[1] += 1.6 * Math.min(1, x / 864) * (row[2] / 1_500) ** 2;
      },
    };
    const judgeOf = (happening: Happening) =>
      judge(machine(4, { rows: ROWS, speeds: TWO_SPEEDS, happening }), 'vibration');
    expect(count(judgeOf(imbalance))).toBe(0);
    expect(count(judgeOf(drifting(1, 1.6)))).toBeGreaterThan(500);
  });

  it('says nothing of a hot day, which the drives explain', () => {
    const rows = machine(5, { rows: 3_000, speeds: TWO_SPEEDS });
    const warm = rows.map(([temperature, vibration, speed, load, air], i): Row => {
      const heat = i > 2_000 ? 2 * Math.sin((i - 2_000) / 40) : 0;
      return [temperature + heat, vibration, speed, load, air + heat];
    });
    expect(count(judge(warm, 'temperature'))).toBe(0);
  });

  it(`says nothing of machines that are well: ${WELL} of them, five days to learn and a week judged`, () => {
    let alarms = 0;
    for (let seed = 100; seed < 100 + WELL; seed++) {
      const rows = machine(seed, { rows: 3_400, speeds: seed % 2 ? TWO_SPEEDS : ONE_SPEED });
      alarms += count(judge(rows, seed % 3 ? 'temperature' : 'vibration'));
    }
    expect(alarms).toBe(0);
  });

  it('knows nothing while it learns, in operation that it did not learn, and while a drive is missing', () => {
    const rows = machine(6, { rows: 2_000, speeds: ONE_SPEED });
    rows[1_800] = [30, 0.2, 0, 0, 20]; // it stands, and never did before
    rows[1_900]![3] = Number.NaN;
    const verdicts = judge(rows, 'temperature');
    expect(verdicts.slice(0, 1_440).every(({ state }) => state === 'unknown')).toBe(true);
    expect(verdicts[1_700]?.state).toBe('normal');
    expect(verdicts[1_801]?.state).toBe('unknown');
    expect(verdicts[1_901]?.state).toBe('unknown');
  });

  it('goes on from a state that was saved, within 20 KB while it learns and 4 KB after', () => {
    const rows = machine(7, { rows: 2_100, speeds: TWO_SPEEDS, happening: drifting(0, 30) });
    const subject = subjectOf('temperature');
    const live = drift.init(config);
    let saved = JSON.stringify(live);
    for (const [i, row] of rows.entries()) {
      const inputs = inputsOf(row, 'temperature');
      const verdict = drift.step(live, i * EVERY_MS, inputs, config, subject);
      if (i % 50 === 0 || i > 2_050) {
        const again = drift.step(JSON.parse(saved), i * EVERY_MS, inputs, config, subject);
        expect(again).toEqual(verdict);
      }
      if (i % 50 !== 49 && i < 2_050) continue;
      saved = JSON.stringify(live);
      expect(saved.length).toBeLessThan(i < 1_500 ? 20_000 : 4_096);
    }
  });

  it.each([850, -1e4, 1e200])(
    'learns the same with a mean of %d among its lessons, and tells a drift of 8 K as soon',
    (nonsense) => {
      const rows = machine(1, { rows: ROWS, speeds: TWO_SPEEDS, happening: drifting(0, 8) });
      const first = (verdicts: readonly Verdict[]) => verdicts.findIndex(({ state }) => state === 'abnormal');
      const well = first(judge(rows, 'temperature'));
      for (const [tag, at] of [0, 1, 3].entries()) {
        const marred = rows.map((row, i) => (i === 700 + at ? row.with(tag, nonsense) : row)) as Row[];
        expect(Math.abs(first(judge(marred, 'temperature')) - well)).toBeLessThan(12);
      }
    },
  );

  it('says nothing of one mean of nonsense where the speed is constant, once it has learnt, and keeps a state of numbers', () => {
    for (const nonsense of [6_553, 1e200, -1e308]) {
      const rows = machine(2, { rows: 2_100, speeds: ONE_SPEED });
      rows[1_800]![0] = nonsense;
      rows[1_900]![3] = nonsense;
      const state = drift.init(config);
      const verdicts = rows.map((row, i) =>
        drift.step(state, i * EVERY_MS, inputsOf(row, 'temperature'), config, subjectOf('temperature')),
      );
      expect(count(verdicts)).toBe(0);
      expect(verdicts[1_801]?.state).toBe('unknown');
      expect(verdicts[1_803]?.state).toBe('normal');
      expect(verdicts.at(-1)?.state).toBe('normal');
      expect(state).toEqual(JSON.parse(JSON.stringify(state)));
    }
  });

  it('refuses means that are longer than what the slowest tag remembers', () => {
    expect(drift.refuse?.({ ...config, slowest: EVERY_MS - 1_000 })).toMatch(/`slowest` must be at least `every`/);
    expect(drift.refuse?.({ ...config, slowest: EVERY_MS })).toBeNull();
  });

  it('refuses a rule without another tag that answers to the same drives', () => {
    const inputs = (tags: number) => Array.from({ length: tags }, (_, i) => ({ tag: `fan-1.t${i}`, unit: '' }));
    const refuse = (tags: number) => drift.refuseTag?.(config, { tag: 'fan-1.t0', unit: '', inputs: inputs(tags) });
    expect(refuse(5)).toBeNull();
    expect(refuse(4)).toMatch(/its 3 drives: at least 5 tags, not 4/);
    const alone = drift.refuseTag?.({ ...config, drives: 1 }, { tag: 'fan-1.t0', unit: '', inputs: inputs(2) });
    expect(alone).toMatch(/its 1 drive: at least 3 tags, not 2/);
    expect(refuse(11)).toMatch(/at most 10 tags/);
  });
});
