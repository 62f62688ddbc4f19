import { describe, expect, it } from 'vitest';
import { Fourier } from '../signal/fourier.ts';
import { bearingOf } from './catalogue.ts';
import { diagnoseBearing, refuseToDiagnose, sayDepth } from './diagnose.ts';
import { ratiosOf, refuseRatios } from './geometry.ts';

const fourier = new Fourier();

it.each([
  [0.834, '83 % of the mean'],
  [0.996, '1.0 times the mean'],
  [6.02, '6.0 times the mean'],
])('a depth of modulation of %d is said as %s', (depth, said) => {
  expect(sayDepth(depth)).toBe(said);
});

describe('fault frequencies', () => {
  it('of the CWRU drive end bearing at 1797 rpm agree with the published ones', () => {
    const ratios = ratiosOf(bearingOf('SKF 6205-2RS JEM')!);
    expect(ratios.bpfo).toBeCloseTo(3.5848, 3);
    expect(ratios.bpfi).toBeCloseTo(5.4152, 3);
    expect(ratios.ftf).toBeCloseTo(0.3983, 4);
    expect(2 * ratios.bsf).toBeCloseTo(4.7135, 3);
    const shaftHz = 1797 / 60;
    expect(ratios.bpfo * shaftHz).toBeCloseTo(107.36, 1);
    expect(ratios.bpfi * shaftHz).toBeCloseTo(162.19, 1);
  });

  it('of the NICE bearing at 25 Hz agree with the published ones', () => {
    const { bpfo, bpfi, bsf, ftf } = ratiosOf(bearingOf('NICE')!);
    expect(bpfo * 25).toBeCloseTo(81.12, 2);
    expect(bpfi * 25).toBeCloseTo(118.88, 2);
    expect(bsf * 25).toBeCloseTo(63.86, 2);
    expect(ftf * 25).toBeCloseTo(10.14, 2);
  });

  it('of the other bearings of the catalogue keep BPFO + BPFI = N and BPFO = N · FTF', () => {
    for (const designation of ['6203-2RS', 'ZA-2115']) {
      const bearing = bearingOf(designation)!;
      const { bpfo, bpfi, ftf } = ratiosOf(bearing);
      expect(bpfo + bpfi).toBeCloseTo(bearing.elements, 9);
      expect(bpfo).toBeCloseTo(bearing.elements * ftf, 9);
    }
    expect(ratiosOf(bearingOf('Rexnord ZA-2115')!).bpfo).toBeCloseTo(7.092, 2);
  });

  it('are refused when no bearing has them', () => {
    expect(refuseRatios({ bpfo: 3.58, bpfi: 5.42, bsf: 2.36, ftf: 0.398 })).toBeNull();
    expect(refuseRatios({ bpfo: 5.42, bpfi: 3.58, bsf: 2.36, ftf: 0.398 })).toContain('below bpfi');
    expect(refuseRatios({ bpfo: 3.58, bpfi: 5.42, bsf: 2.36, ftf: 11.9 })).toContain('slower than half the shaft');
    expect(refuseRatios({ bpfo: Number.NaN, bpfi: 5.42, bsf: 2.36, ftf: 0.4 })).toContain('above 0');
  });
});

describe('a bearing', () => {
  const rateHz = 20_480;
  const shaftHz = 24.7;
  const ratios = ratiosOf(bearingOf('6205-2RS')!);
  const search = { ratios, shaftHz, rateHz };

  it.each([
    ['outer', 'outer race', ratios.bpfo, null],
    ['inner', 'inner race', ratios.bpfi, 1],
    ['ball', 'rolling element', 2 * ratios.bsf, ratios.ftf],
  ] as const)('with impacts at the frequency of the %s is told from the rest', (fault, words, ratio, load) => {
    for (const slip of [-0.012, 0.013]) {
      const samples = machine({ everyHz: ratio * shaftHz * (1 + slip), loadHz: load === null ? null : load * shaftHz });
      const diagnosis = diagnoseBearing(fourier, samples, search);
      expect(diagnosis.fault).toBe(fault);
      expect(diagnosis.severity).not.toBe('none');
      expect(diagnosis.evidence.join('\n')).toContain(words);
      expect(diagnosis.train!.foundHz / diagnosis.train!.expectedHz - 1).toBeCloseTo(slip, 2);
    }
  });

  it('without impacts is healthy, beside tones of shaft and mains too', () => {
    for (let seed = 1; seed <= 3; seed++)
      expect(diagnoseBearing(fourier, machine({ everyHz: null, loadHz: null, seed }), search).fault).toBe('none');
  });

  it('with impacts at no regular distance has a bad rolling element, or dirt, and says so', () => {
    const { fault, evidence } = diagnoseBearing(fourier, machine({ everyHz: 'irregular', loadHz: null }), search);
    expect(fault).toBe('ball');
    expect(evidence.join('\n')).toContain('grease sample');
  });

  it('is not accused of what a gear on its shaft does', () => {
    const samples = machine({ everyHz: 4 * shaftHz, loadHz: null, jitter: 0 });
    expect(diagnoseBearing(fourier, samples, search).train).toBeNull();
  });

  it('is not judged when it stands, for too short a time or with too low a rate', () => {
    expect(refuseToDiagnose({ ratios, shaftHz: 0 }, 20_480, rateHz)).toContain('while it turns');
    expect(refuseToDiagnose({ ratios, shaftHz: Number.NaN }, 20_480, rateHz)).toContain('while it turns');
    expect(refuseToDiagnose({ ratios, shaftHz: 5 }, 20_480, rateHz)).toContain('record at least 4.0 s');
    expect(refuseToDiagnose({ ratios, shaftHz: 50 }, 1_000, 1_000)).toContain('too few for impacts');
    expect(refuseToDiagnose({ ratios, shaftHz }, 20_480, rateHz)).toBeNull();
  });

  /** 1 s of a shaft with unbalance and mains hum, noise, and impacts that ring at 4 and 7 kHz, jittering by 1 % of their distance. */
  function machine(options: {
    everyHz: number | 'irregular' | null;
    loadHz: number | null;
    seed?: number;
    jitter?: number;
  }): Float64Array {
    const { everyHz, loadHz, seed = 3, jitter = 0.01 } = options;
    const random = seeded(seed);
    const samples = Float64Array.from({ length: rateHz }, (_, i) => {
      const t = i / rateHz;
      const tones = Math.sin(2 * Math.PI * shaftHz * t) + 0.5 * Math.sin(2 * Math.PI * 100 * t);
      return tones + 0.5 * (random() + random() + random() + random() - 2);
    });
    if (everyHz === null) return samples;
    for (
      let at = 0.003;
      at < 1;
      at += everyHz === 'irregular' ? 0.3 * random() ** 2 : (1 + jitter * (2 * random() - 1)) / everyHz
    ) {
      const load = loadHz === null ? 1 : Math.max(0, 0.4 + Math.cos(2 * Math.PI * loadHz * at));
      const height = everyHz === 'irregular' ? 12 : 3 * load;
      for (let i = Math.ceil(at * rateHz); i < Math.min(rateHz, (at + 0.01) * rateHz); i++) {
        const since = i / rateHz - at;
        const ring = Math.sin(2 * Math.PI * 4_000 * since) + 0.7 * Math.sin(2 * Math.PI * 7_000 * since);
        samples[i]! += height * Math.exp(-900 * since) * ring;
      }
    }
    return samples;
  }
});

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}
