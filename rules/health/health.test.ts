import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { waveformFeatureTags } from '../features/waveform-features.ts';
import { packs } from '../packs/packs.ts';
import { adviseMeasurements } from './advise.ts';
import type { HealthEvidence, RuleWatch, StandingAlert } from './evidence.ts';
import { isFaultFeature, MODE_OF_FAULT } from './faults.ts';
import { assessHealth } from './index.ts';
import { measurements } from './measurements.ts';
import { rankModes, SOMETHING_ELSE } from './modes.ts';

const AT = Date.UTC(2026, 0, 5);
const heard = (rule: string, detect = 'limit'): RuleWatch => ({ rule, detect, blind: null });
const deaf = (rule: string): RuleWatch => ({
  rule,
  detect: 'limit',
  blind: { rule, tag: 'pump-1.flow', reason: 'never heard', since: null, alert: null },
});

function alert(over: Partial<StandingAlert> = {}): StandingAlert {
  return {
    id: '018f0000-0000-7000-8000-000000000001',
    rule: 'vibration-high',
    kind: 'machine',
    tag: 'pump-1.vibration',
    source: 'plc',
    level: 'H',
    value: 5.8,
    limit: 4.5,
    explanation: 'pump-1.vibration is 5.8 mm/s, above its limit of 4.5 mm/s',
    raisedAt: AT - 1_000,
    detect: 'limit',
    unit: 'mm/s',
    nextLimit: 7.1,
    withinHours: null,
    ...over,
  };
}

function evidence(over: Partial<HealthEvidence> = {}): HealthEvidence {
  return {
    asset: 'pump-1',
    at: AT,
    pack: 'pump',
    alerts: [],
    watches: [heard('vibration-high'), heard('flow-low')],
    faults: [],
    heardTags: new Set(['vibration']),
    ...over,
  };
}

describe('the health of an asset', () => {
  it('is 1 while what watches it hears and sees nothing', () => {
    expect(assessHealth(evidence())).toMatchObject({ health: 1, confidence: 1, pulls: [], modes: [] });
  });

  it('is unknown when nobody watches or hears it, and never 1', () => {
    expect(assessHealth(evidence({ watches: [] }))).toMatchObject({ health: null, confidence: 0 });
    const unheard = assessHealth(evidence({ watches: [deaf('a'), deaf('b'), heard('c')] }));
    expect(unheard).toMatchObject({ health: null, confidence: 1 / 3 });
    expect(unheard.says).toBe('not known: 1 of 3 rules hear what they judge (pump-1.flow: never heard and 1 more)');
  });

  it.each([
    ['half way to the next limit', alert(), 0.375],
    ['at its limit', alert({ value: 4.5 }), 0.5],
    ['with no next limit known', alert({ nextLimit: null }), 0.375],
    ['beyond the last limit', alert({ level: 'HH', limit: 7.1, value: 9 }), 0.125],
    ['below the lower limit', alert({ level: 'L', value: 1.5, limit: 2, nextLimit: 1 }), 0.375],
    ['unusual only', alert({ level: null, detect: 'ewma' }), 0.625],
    ['an alarm of the source', alert({ kind: 'external', level: null, detect: null }), 0.375],
    [
      'a limit to be reached in half the time',
      alert({ detect: 'forecast', withinHours: 200, rul: { at: AT, p10: 50, p50: 100, p90: 400 } }),
      0.625,
    ],
  ])('%s is in the quarter that asks for the same', (_, standing, left) => {
    expect(assessHealth(evidence({ alerts: [standing] })).health).toBeCloseTo(left, 9);
  });

  it('says what pulls it down, the worst first, even where little is heard', () => {
    const worse = alert({ rule: 'pressure-low', level: 'LL', tag: 'pump-1.pressure', nextLimit: null });
    const { health, pulls } = assessHealth(evidence({ alerts: [alert(), worse], watches: [deaf('a')] }));
    expect(health).toBe(0.125);
    expect(pulls.map(({ rule }) => rule)).toEqual(['pressure-low', 'vibration-high']);
    expect(pulls[1]).toMatchObject({ tag: 'pump-1.vibration', value: 5.8, limit: 4.5, unit: 'mm/s', level: 'H' });
  });

  it('lists the worst hundred and counts the others, from which the modes are ranked all the same', () => {
    const alarms = Array.from({ length: 20_000 }, (_, i) =>
      alert({ id: `a${i}`, kind: 'external', tag: null, level: null, detect: null }),
    );
    const alerts = [alert({ level: null }), ...alarms, alert({ id: 'worst', level: 'HH', tag: 'pump-1.flow' })];
    const { health, pulls, morePulls, modes } = assessHealth(evidence({ alerts }));
    expect({ health, pulls: pulls.length, morePulls }).toEqual({ health: 0.125, pulls: 100, morePulls: 19_902 });
    expect(pulls[0]!.alert).toBe('worst');
    expect(modes).toEqual(assessHealth(evidence({ alerts: [alert({ level: null })] })).modes);
  });

  it('of a line is that of its worst part', () => {
    const ill = assessHealth(evidence({ alerts: [alert()] }));
    const line = assessHealth(evidence({ asset: 'line', watches: [], pack: null }), [assessHealth(evidence()), ill]);
    expect(line).toMatchObject({ health: ill.health, confidence: 1 });
    expect(line.pulls).toMatchObject([{ kind: 'part', asset: 'pump-1', rule: 'vibration-high' }]);
    expect(
      assessHealth(evidence({ asset: 'line', watches: [] }), [assessHealth(evidence({ watches: [] }))]).health,
    ).toBe(null);
  });
});

describe('the failure modes', () => {
  it('of one symptom are ranked as its table says, and leave room for something else', () => {
    const modes = rankModes(evidence({ alerts: [alert()] }));
    expect(modes.map(({ mode }) => mode)).toEqual([
      'imbalance',
      'misalignment',
      'damaged bearing',
      'looseness',
      SOMETHING_ELSE,
    ]);
    // 0.9 · 0.35 + 0.1 / 5
    expect(modes[0]!.likelihood).toBeCloseTo(0.335, 9);
    expect(modes[0]!.evidence).toEqual(['vibration high: 35 %']);
  });

  it('that two symptoms share come first: vibration and a hot bearing', () => {
    const hot = alert({ rule: 'hot', tag: 'pump-1.temperature', unit: 'Cel' });
    const [first] = rankModes(evidence({ alerts: [alert(), hot] }));
    expect(first).toMatchObject({ mode: 'damaged bearing', failureMode: 'VIB' });
    expect(first!.evidence).toEqual(['vibration high: 25 %', 'temperature high: 25 %']);
  });

  it('do not count one tag twice', () => {
    const again = alert({ rule: 'vibration-unusual', level: null, detect: 'ewma' });
    expect(rankModes(evidence({ alerts: [alert(), again] }))).toEqual(rankModes(evidence({ alerts: [alert()] })));
  });

  it('follow the diagnosis of the waveform in place of the symptom', () => {
    const found = alert({ rule: 'pump-1-rotor', detect: 'rotor', tag: 'pump-1.de.rotor', nextLimit: null });
    const faults = [
      { fault: 'imbalance', strength: 1, tag: 'pump-1.de' },
      { fault: 'misalignment', strength: 3, tag: 'pump-1.de' },
    ] as const;
    const modes = rankModes(evidence({ alerts: [found, alert()], faults }));
    expect(modes.map(({ mode }) => mode)).toEqual(['misalignment', 'imbalance', SOMETHING_ELSE]);
    expect(modes[0]!.evidence).toEqual(['misalignment 3.0 times what is notable at pump-1.de: 90 %']);
  });

  it.each([
    ['vanes', 'vane pass', 'flow and head against the curve: least at the best point'],
    ['cavitation', 'cavitation', 'suction pressure, noise like gravel'],
  ] as const)('know the fault "%s" of captures, with what would prove it', (fault, mode, check) => {
    const found = alert({ rule: 'pump-1-rotor', detect: 'rotor', tag: 'pump-1.de.rotor', nextLimit: null });
    const [first] = rankModes(evidence({ alerts: [found], faults: [{ fault, strength: 2, tag: 'pump-1.de' }] }));
    expect(first).toMatchObject({ mode, check });
  });

  it('know every strength of a fault that the captures of a point have', () => {
    const point = { kind: 'waveform', id: 'de', tag: 'p.de', unit: 'm/s2', teeth: 23, lineHz: 50, vanes: 7 } as const;
    const bearing = { bpfo: 3.6, bpfi: 5.4, bsf: 2.4, ftf: 0.4 };
    const speed = { kind: 'constant', shaftHz: 25 } as const;
    const names = waveformFeatureTags({ ...point, bearing, speed }).map(({ name }) => name);
    expect(names.filter(isFaultFeature).sort()).toEqual(Object.keys(MODE_OF_FAULT).sort());
  });

  it('add up to 1 whatever stands', () => {
    const tag = fc.constantFrom('vibration', 'temperature', 'pressure', 'flow', 'suction-pressure', 'nothing');
    const level = fc.constantFrom('HH' as const, 'H' as const, 'L' as const, 'LL' as const, null);
    fc.assert(
      fc.property(fc.array(fc.tuple(tag, level), { maxLength: 8 }), (seen) => {
        const alerts = seen.map(([name, each]) => alert({ tag: `pump-1.${name}`, level: each }));
        const { modes, health } = assessHealth(evidence({ alerts }));
        const sum = modes.reduce((total, { likelihood }) => total + likelihood, 0);
        // Eight are told of at most; of this pack's 15 the rest has next to nothing.
        expect(modes.length === 0 || (sum > 0.5 && sum < 1 + 1e-9)).toBe(true);
        expect(health).toBeGreaterThan(0);
        expect(health).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the next measurement', () => {
  const stands = [alert()];

  it('tells the likeliest modes from each other, by expected information', () => {
    const faults = [
      { fault: 'imbalance', strength: 1.1, tag: 'pump-1.de' },
      { fault: 'misalignment', strength: 1, tag: 'pump-1.de' },
    ] as const;
    const found = alert({ detect: 'rotor', tag: 'pump-1.de.rotor' });
    const { measurements: advised } = assessHealth(
      evidence({ alerts: [found], faults, watches: [heard('pump-1-rotor', 'rotor')] }),
    );
    expect(advised[0]).toMatchObject({
      measurement: 'phase across the coupling',
      tells: 'tells imbalance from misalignment',
    });
    expect(advised[0]!.outcomes[1]).toMatchObject({ outcome: '180° apart', means: 'misalignment' });
  });

  it('is worth what the outcome and the mode tell of each other, worked out the other way round', () => {
    const modes = [
      { mode: 'imbalance', failureMode: 'VIB', likelihood: 0.6, check: null, evidence: [] },
      { mode: 'misalignment', failureMode: 'VIB', likelihood: 0.4, check: null, evidence: [] },
    ];
    const advised = adviseMeasurements(modes, { watches: [], heardTags: new Set() });
    const coupling = advised.find(({ measurement }) => measurement === 'phase across the coupling');
    const entropy = (chances: readonly number[]) => chances.reduce((sum, p) => sum - p * Math.log2(p), 0);
    // I(M; O) = H(O) − H(O | M)
    const given = [
      [0.8, 0.15, 0.05],
      [0.05, 0.9, 0.05],
    ] as const;
    const outcomes = [0, 1, 2].map((i) => 0.6 * given[0][i]! + 0.4 * given[1][i]!);
    const expected = entropy(outcomes) - 0.6 * entropy(given[0]) - 0.4 * entropy(given[1]);
    expect(coupling?.gainBits).toBeCloseTo(expected, 9);
    expect(coupling?.outcomes.map(({ probability }) => probability)).toEqual(
      outcomes.map((each) => expect.closeTo(each, 9)),
    );
  });

  it('is none that a rule or a tag makes already', () => {
    const names = (watches: RuleWatch[]) =>
      assessHealth(evidence({ alerts: stands, watches })).measurements.map(({ measurement }) => measurement);
    expect(names([heard('a')])).toContain('spectrum of a waveform with the speed');
    expect(names([heard('a'), heard('b', 'rotor')])).not.toContain('spectrum of a waveform with the speed');
  });

  it('is of a table whose chances add up to 1 and whose modes a pack or a method knows', () => {
    const known = new Set([
      ...packs.flatMap(({ symptoms }) => symptoms.flatMap(({ causes }) => causes.map(({ cause }) => cause))),
      ...['cavitation', 'overload', 'inner leakage', 'electrical fault of the motor'],
      ...['loose or corroded connection', 'uneven load'],
    ]);
    for (const { measurement, outcomes, given, otherwise } of measurements) {
      const rows = [...Object.values(given), ...(otherwise ? [otherwise] : [])];
      for (const row of rows) {
        expect(row, measurement).toHaveLength(outcomes.length);
        expect(
          row.reduce((a, b) => a + b, 0),
          measurement,
        ).toBeCloseTo(1, 9);
      }
      for (const mode of Object.keys(given)) expect(known, measurement).toContain(mode);
    }
  });
});
