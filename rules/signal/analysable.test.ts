import { describe, expect, it } from 'vitest';
import { MIN_SAMPLES, refuseToAnalyse } from './analysable.ts';

const CASES = Number(process.env['MILLWRIGHT_WAVEFORM_CASES'] ?? 1_000);

describe('a waveform that says nothing', () => {
  it('is refused with its reason, whatever is wrong with it', () => {
    const random = seeded(7);
    for (let i = 0; i < CASES; i++) {
      const spoilt = SPOILERS[i % SPOILERS.length]!;
      const { samples, rateHz, unit } = spoilt.spoil(healthy(random, 512), random);
      const refusal = refuseToAnalyse(samples, { rateHz, unit });
      expect(refusal?.code, `${spoilt.code} of case ${i}`).toBe(spoilt.code);
      expect(refusal?.reason).not.toBe('');
    }
  });

  it('is not one that is merely loud, short of nothing, or rough', () => {
    const random = seeded(8);
    for (let i = 0; i < CASES / 10; i++) expect(refuseToAnalyse(...given(healthy(random, MIN_SAMPLES)))).toBeNull();
    const loud = healthy(random, 512).map((value) => value * 1e6);
    expect(refuseToAnalyse(...given(loud))).toBeNull();
    const oneImpactAtTheEnd = healthy(random, 20_000).map((value, i) => (i > 100 && i < 110 ? 50 : value));
    expect(refuseToAnalyse(...given(oneImpactAtTheEnd))).toBeNull();
  });
});

interface Given {
  readonly samples: Float32Array;
  readonly rateHz: number;
  readonly unit: string;
}

const SPOILERS: readonly {
  readonly code: string;
  readonly spoil: (samples: Float32Array, random: () => number) => Given;
}[] = [
  { code: 'invalid_size', spoil: (s, random) => as(s.subarray(0, Math.floor(random() * MIN_SAMPLES))) },
  { code: 'too_large', spoil: () => as(new Float32Array(1_048_577)) },
  { code: 'not_finite', spoil: (s, random) => as(spoilOne(s, random, [Number.NaN, Infinity, -Infinity])) },
  {
    code: 'clipped',
    spoil: (s) => as(s.map((value, i) => Math.max(-0.5, Math.min(0.5, 2 * Math.sin(i / 15) + 0.1 * value)))),
  },
  { code: 'dead', spoil: (s, random) => as(s.fill(random() < 0.5 ? 0 : random())) },
  {
    code: 'invalid_unit',
    spoil: (s, random) => ({ ...as(s), unit: pick(random, ['', 'G', 'mV', 'm/s', 'ips', '%']) }),
  },
  {
    code: 'invalid_rate',
    spoil: (s, random) => ({ ...as(s), rateHz: pick(random, [0, -1, Number.NaN, Infinity, 1, 1e9]) }),
  },
];

function as(samples: Float32Array): Given {
  return { samples, rateHz: 25_600, unit: 'g' };
}

function given(samples: Float32Array): [Float32Array, { rateHz: number; unit: string }] {
  return [samples, { rateHz: 25_600, unit: 'm/s2' }];
}

function spoilOne(samples: Float32Array, random: () => number, values: readonly number[]): Float32Array {
  samples[Math.floor(random() * samples.length)] = pick(random, values);
  return samples;
}

function healthy(random: () => number, length: number): Float32Array {
  return Float32Array.from({ length }, () => random() + random() + random() - 1.5);
}

function pick<T>(random: () => number, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}
