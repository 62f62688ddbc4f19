import { describe, expect, it } from 'vitest';
import { drawDetector } from '../picture.ts';
import { atFullLoad, classOf, type Reference, type ThermalClass } from './classes.ts';
import { type ThermalConfig, thermal } from './index.ts';

describe('thermal classes', () => {
  it.each([
    ['similar', 1, 'none', 'possible', 'at'],
    ['similar', 3, 'possible', 'probable', 'after'],
    ['similar', 15, 'probable', 'major', 'after'],
    ['ambient', 1, 'none', 'possible', 'at'],
    ['ambient', 10, 'possible', 'probable', 'after'],
    ['ambient', 20, 'probable', 'monitor', 'after'],
    ['ambient', 40, 'monitor', 'major', 'after'],
  ] as const)('against %s change at %d K from %s to %s', (reference, kelvin, below, above, from) => {
    expect(classOf(kelvin - 1e-6, reference)).toBe(below);
    expect(classOf(kelvin, reference)).toBe(from === 'at' ? above : below);
    expect(classOf(kelvin + 1e-6, reference)).toBe(above);
  });

  it('take what lies between two printed rows into the next', () => {
    const cases: readonly (readonly [number, Reference, ThermalClass])[] = [
      [3.5, 'similar', 'probable'],
      [15.5, 'similar', 'major'],
      [10.5, 'ambient', 'probable'],
      [20.5, 'ambient', 'monitor'],
    ];
    for (const [kelvin, reference, expected] of cases) expect(classOf(kelvin, reference)).toBe(expected);
  });

  it('of a part that is colder, or of no number, are none', () => {
    expect(classOf(-30, 'similar')).toBe('none');
    expect(classOf(Number.NaN, 'ambient')).toBe('none');
  });
});

describe('the correction to full load', () => {
  it.each([1.6, 1.8, 2])('gives one fault the same class at 50 and at 100 %% load (exponent %d)', (exponent) => {
    for (const full of [2, 9, 14.9, 15.1, 38]) {
      const half = full * 0.5 ** exponent;
      expect(atFullLoad(half, 50, exponent)).toBeCloseTo(full, 9);
      expect(classOf(atFullLoad(half, 50, exponent)!, 'similar')).toBe(classOf(full, 'similar'));
    }
  });

  it('is refused below 40 % load and with no load', () => {
    expect(atFullLoad(5, 40, 2)).toBeCloseTo(31.25, 9);
    for (const load of [39.99, 0, -10, Number.NaN]) expect(atFullLoad(5, load, 2)).toBeNull();
  });
});

describe('thermal', () => {
  it('says how much hotter than what, for which load, and what to do', () => {
    const verdict = judge([66, 60, 50]);
    expect(verdict).toMatchObject({ state: 'abnormal', level: 'HH', finding: { value: 24, limit: 15 } });
    expect(verdict.state === 'abnormal' && verdict.finding.explanation).toBe(
      'panel.l1 is 24.0 K hotter than panel.l2 (corrected to full load from 50 %): major discrepancy, repair immediately (classes of ANSI/NETA MTS table 100.18 from a secondary source)',
    );
  });

  it('says how urgent the repair is: as time permits, or at once', () => {
    expect(judge([70, 60, 100])).toMatchObject({ level: 'H', finding: { urgency: 'low' } });
    expect(judge([66, 60, 50])).toMatchObject({ level: 'HH', finding: { urgency: 'critical' } });
  });

  it('judges nothing below 40 % load, of bad readings, or of other units', () => {
    expect(judge([66, 60, 39]).state).toBe('unknown');
    expect(judge([66, Number.NaN, 80]).state).toBe('unknown');
    expect(judge([66, 60, Number.NaN]).state).toBe('unknown');
    expect(judge([66, 60, 80], ['Cel', 'mm/s', '%']).state).toBe('unknown');
    expect(judge([66, 60, 80], ['Cel', 'Cel', 'A']).state).toBe('unknown');
  });

  it('takes a load in another unit for what it is of the rated one', () => {
    const verdict = judge([66, 60, 50], ['Cel', 'Cel', 'A'], { rated: 100 });
    expect(verdict).toEqual(judge([66, 60, 50]));
    expect(judge([66, 60, 39], ['Cel', 'Cel', 'A'], { rated: 100 }).state).toBe('unknown');
    expect(judge([66, 60, 0.5], ['Cel', 'Cel', ''], { rated: 1 })).toEqual(verdict);
  });

  it.each([
    [['Cel', 'Cel', 'A'], 'the load panel.load is in A'],
    [['Cel', 'Cel', ''], 'the load panel.load has no unit'],
    [['Cel', 'Cel', 'Cel'], 'the load panel.load is a temperature (Cel)'],
    [['Cel', 'mm/s', '%'], 'panel.l2 is in mm/s'],
    [['', 'Cel'], 'panel.l1 has no unit'],
    [['Cel'], 'two or three tags, not 1'],
    [['Cel', 'K', '%'], null],
    [['[degF]', 'K'], null],
  ] as const)('refuses what it would never judge: units %j', (units, reason) => {
    const { subject, config } = setUp(units);
    const refusal = thermal.refuseTag!(config, subject);
    const { state, says } = drawDetector('thermal', { config, state: null, subject, input: 0 });
    if (reason === null) expect([refusal, state]).toEqual([null, 'watching']);
    else
      expect([refusal, says, state]).toEqual([
        expect.stringContaining(reason),
        `never judges: ${refusal}`,
        'not drawn',
      ]);
  });

  it('takes any load whose rated value is told, but no temperature', () => {
    for (const unit of ['A', 'kW', '', '%']) {
      const { config, subject } = setUp(['Cel', 'Cel', unit], { rated: 80 });
      expect(thermal.refuseTag!(config, subject)).toBeNull();
    }
    const { config, subject } = setUp(['Cel', 'Cel', 'K'], { rated: 80 });
    expect(thermal.refuseTag!(config, subject)).toContain('is a temperature');
  });

  it('says below which load it is silent', () => {
    const { config, subject } = setUp(['Cel', 'Cel', 'A'], { rated: 80 });
    const { says, normalAt } = drawDetector('thermal', { config, state: null, subject, input: 0 });
    expect(says).toBe('may be 3 K hotter than panel.l2 at full load; below 32 A of panel.load nothing is judged');
    expect(normalAt?.(Float64Array.of(60, 60, 80), 0)?.high).toBeCloseTo(63, 10);
    expect(normalAt?.(Float64Array.of(60, 60, 31), 0)).toBeNull();
  });

  it('goes without a load, and says that it did', () => {
    const verdict = judge([66, 60]);
    expect(verdict.state === 'abnormal' && verdict.finding.explanation).toContain('load not known, not corrected');
    expect(judge([62, 60]).state).toBe('normal');
  });

  it('compares a part with its own baseline at this load, whatever the load', () => {
    const config = { compare: 'own', exponent: 2, raiseFrom: 'probable', learn: 5 } as const;
    const inputs = ['panel.l1', 'hall.air', 'panel.load'].map((tag, i) => ({ tag, unit: i === 2 ? '%' : 'Cel' }));
    const state = thermal.init(config);
    const step = (fullK: number, load: number) => {
      const values = Float64Array.of(20 + fullK * (load / 100) ** 2, 20, load);
      return thermal.step(state, 0, values, config, { ...inputs[0]!, inputs });
    };
    for (const load of [50, 100, 80, 39, 60, 90]) expect(step(30, load).state).toBe('unknown'); // 39 % is none of the five
    for (const load of [50, 100]) {
      expect(step(32, load).state).toBe('normal');
      expect(step(40, load)).toMatchObject({ state: 'abnormal', level: 'H', finding: { limit: 3 } });
      expect(step(50, load)).toMatchObject({ state: 'abnormal', level: 'HH', finding: { limit: 15 } });
    }
    const said = step(50, 50);
    expect(said.state === 'abnormal' && said.finding.explanation).toMatch(
      /^panel\.l1 is 20\.0 K hotter than its own baseline, 30\.0 K over the air \(median of its first 5 readings\) \(corrected/,
    );
    expect(step(50, 39).state).toBe('unknown');
  });

  it('takes kelvin and degrees Fahrenheit for what they are', () => {
    expect(judge([333.15, 60], ['K', 'Cel']).state).toBe('normal');
    expect(judge([158, 60], ['[degF]', 'Cel'])).toMatchObject({ finding: { value: 10 } });
  });
});

function judge(values: readonly number[], units?: readonly string[], own: Partial<ThermalConfig> = {}) {
  const { config, subject } = setUp((units ?? ['Cel', 'Cel', '%']).slice(0, values.length), own);
  return thermal.step(thermal.init(config), 0, Float64Array.from(values), config, subject);
}

function setUp(units: readonly string[], own: Partial<ThermalConfig> = {}) {
  const config: ThermalConfig = { compare: 'similar', exponent: 2, raiseFrom: 'probable', learn: 5, ...own };
  const inputs = units.map((unit, i) => ({ tag: ['panel.l1', 'panel.l2', 'panel.load'][i]!, unit }));
  return { config, subject: { ...inputs[0]!, inputs } };
}
