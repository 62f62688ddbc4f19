import { describe, expect, it } from 'vitest';
import type { WaveformPoint } from '../../src/model/measuring-point.ts';
import type { Verdict } from '../detector.ts';
import { PUMP_DE, pumpWaveform } from '../features/testbench.ts';
import { waveformFeatures, waveformFeatureTags } from '../features/waveform-features.ts';
import { rotor } from '../rotor/index.ts';
import { Fourier } from '../signal/fourier.ts';
import { bearing } from './index.ts';

const fourier = new Fourier();
const CONFIG = { confirm: 1, standard: 'iso-10816-3', group: '2', foundation: 'rigid' } as const;

/** Judges waveforms one after the other, as the engine does: by the features that their point has. */
function judge(
  method: typeof bearing | typeof rotor,
  waveforms: readonly ReturnType<typeof pumpWaveform>[],
  { confirm = 1, point = PUMP_DE, shaftHz = 24.5 as number | null } = {},
): Verdict[] {
  const has = waveformFeatureTags(point).map(({ name }) => name);
  const names = method.features!.filter((name) => has.includes(name));
  const tags = names.map((name) => ({ tag: `${point.tag}.${name}`, unit: '' }));
  const config = { ...CONFIG, confirm };
  const state = method.init(config);
  return waveforms.map(({ rateHz, samples }, at) => {
    const values = waveformFeatures(fourier, { rateHz, unit: 'm/s2', samples }, { point, shaftHz });
    if ('code' in values) throw new Error(values.reason);
    const inputs = Float64Array.from(names, (name) => values.get(name) ?? Number.NaN);
    return method.step(state, at, inputs, config, { ...tags[0]!, inputs: tags });
  });
}

describe('bearing', () => {
  it('names part, severity, likelihood, evidence, zone, and how to tell it apart', () => {
    const [verdict] = judge(bearing, [pumpWaveform(['bearing'])]);
    expect(verdict).toMatchObject({ state: 'abnormal', finding: { limit: 1, fault: 'bearing-outer' } });
    const said = verdict?.state === 'abnormal' ? verdict.finding : null;
    expect(said!.explanation).toMatch(
      /^pump-1\.de: outer race of the bearing is damaged, \w+, likelihood \d+ %; impacts at 8\d\.\d Hz \(BPFO 8\d\.\d Hz [+−]\d\.\d %\) at 14\d\d \/min with \d harmonics, modulated by \d\.\d times the mean; kurtosis \d+\.\d \(3 without impacts\); zone [A-D] at \d.* mm\/s \(values of ISO 10816-3:1998.*\); to tell it apart: its lines have no sidebands/,
    );
    const [, bpfo = '', rpm = ''] = /BPFO ([\d.]+) Hz .* at (\d+) \/min/.exec(said!.explanation) ?? [];
    expect(Math.abs(Number(bpfo) - (PUMP_DE.bearing!.bpfo * Number(rpm)) / 60)).toBeLessThan(0.1); // as both are rounded
    expect(said!.contributions?.[0]?.tag).toBe('pump-1.de.outer');
    expect(said!.contributions!.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
  });

  it('finds nothing in a machine that only shakes', () => {
    for (const faults of [[], ['imbalance'], ['looseness']] as const)
      expect(judge(bearing, [pumpWaveform(faults)])[0]).toMatchObject({ state: 'normal' });
  });

  it('knows nothing without a speed', () => {
    expect(judge(bearing, [pumpWaveform(['bearing'])], { shaftHz: null })).toEqual([{ state: 'unknown' }]);
  });

  it('waits until as many waveforms in a row say it, and until as many say otherwise', () => {
    const [ill, well] = [pumpWaveform(['bearing']), pumpWaveform([])];
    const states = judge(bearing, [well, ill, well, ill, ill, well, ill, well, well], { confirm: 2 });
    expect(states.map(({ state }) => state)).toEqual([
      'normal',
      'unknown',
      'normal',
      'unknown',
      'abnormal',
      'unknown',
      'abnormal',
      'unknown',
      'normal',
    ]);
  });
});

describe('rotor', () => {
  it.each(['imbalance', 'misalignment', 'looseness', 'gear', 'electrical', 'vanes', 'cavitation'] as const)(
    'names %s first',
    (fault) => {
      const [verdict] = judge(rotor, [pumpWaveform([fault])]);
      expect(verdict).toMatchObject({ state: 'abnormal', finding: { fault } });
      expect(verdict?.state === 'abnormal' && verdict.finding.explanation).toContain('to tell it apart: ');
    },
  );

  it('names what else is notable', () => {
    const [verdict] = judge(rotor, [pumpWaveform(['imbalance', 'misalignment'])]);
    expect(verdict?.state === 'abnormal' && verdict.finding.explanation).toMatch(
      /also notable: (imbalance|misalignment) \(\d+ %\)/,
    );
  });

  it('finds nothing in a machine that is well, and knows nothing without a speed', () => {
    expect(judge(rotor, [pumpWaveform([])])[0]).toMatchObject({ state: 'normal' });
    expect(judge(rotor, [pumpWaveform(['imbalance'])], { shaftHz: null })).toEqual([{ state: 'unknown' }]);
  });

  it('goes without teeth and mains where nobody told them', () => {
    const point: WaveformPoint = { ...PUMP_DE, teeth: null, lineHz: null, bearing: null };
    expect(judge(rotor, [pumpWaveform(['imbalance'])], { point })[0]).toMatchObject({
      finding: { fault: 'imbalance' },
    });
  });
});
