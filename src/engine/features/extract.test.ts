import { describe, expect, it } from 'vitest';
import { PUMP_DE, pumpWaveform } from '../../../rules/features/testbench.ts';
import type { LogRecord } from '../../model/log-record.ts';
import type { WaveformPoint } from '../../model/measuring-point.ts';
import { Extractor } from './extract.ts';

const NAMES = new Map([
  [0, 'pump-1.de'],
  [1, 'pump-1.speed'],
  [2, 'pump-1.pressure'],
]);
const T0 = 1_795_257_723_000;
const { rateHz, samples } = pumpWaveform(['imbalance']);
const SPEED_TAG: WaveformPoint = {
  ...PUMP_DE,
  bearing: null,
  speed: { kind: 'tag', tag: 'pump-1.speed', hzPerUnit: 1 / 60, withinMs: 60_000 },
};

const waveform = (at: number, tag = 0): LogRecord => ({
  kind: 'waveform',
  receivedAt: at,
  at,
  tag,
  rateHz,
  unit: 'm/s2',
  samples: Float32Array.from(samples),
});
const reading = (at: number, value: number, { tag = 1, quality = 0 } = {}): LogRecord => ({
  kind: 'readings',
  receivedAt: at,
  batch: {
    tag: Int32Array.of(tag),
    at: Float64Array.of(at),
    value: Float64Array.of(value),
    quality: Uint8Array.of(quality),
    codes: new Map(),
  },
});
const featureIn = (found: ReturnType<Extractor['take']>, name: string) =>
  found?.readings.find(({ tag }) => tag === `pump-1.de.${name}`);

describe('captures in the log', () => {
  it('become readings of their own time, all features of the point, each once', () => {
    const found = new Extractor([PUMP_DE]).take(waveform(T0), NAMES)!;
    expect(new Set(found.readings.map(({ at }) => at))).toEqual(new Set([T0]));
    expect(new Set(found.readings.map(({ tag }) => tag)).size).toBe(found.readings.length);
    expect(featureIn(found, 'imbalance')).toMatchObject({ quality: 'good', value: expect.any(Number) });
  });

  it('take the speed of their own time from a tag', () => {
    const extractor = new Extractor([SPEED_TAG]);
    extractor.take(reading(T0 - 30_000, 1_470), NAMES);
    extractor.take(reading(T0 + 40_000, 980), NAMES);
    extractor.take(reading(T0, 3, { tag: 2 }), NAMES);
    const near = extractor.take(waveform(T0), NAMES);
    expect(featureIn(near, 'speed')!.value).toBeCloseTo(1_470, 0);
    expect(featureIn(near, 'imbalance')!.value).toBeGreaterThan(1);
    const far = extractor.take(waveform(T0 + 200_000), NAMES);
    expect(featureIn(far, 'imbalance')).toMatchObject({ quality: 'bad', value: null });
    expect(featureIn(far, 'velocity_rms')).toMatchObject({ quality: 'good' });
  });

  it('do not trust a bad speed, though an older one was good', () => {
    const extractor = new Extractor([SPEED_TAG]);
    extractor.take(reading(T0 - 30_000, 1_470), NAMES);
    extractor.take(reading(T0 - 1_000, 1_470, { quality: 2 }), NAMES);
    expect(featureIn(extractor.take(waveform(T0), NAMES), 'rotor')).toMatchObject({ quality: 'bad', value: null });
  });

  it.each([1e7, 1e20, -1e300])('take %d /min for no speed', (absurd) => {
    const extractor = new Extractor([SPEED_TAG]);
    extractor.take(reading(T0 - 1_000, absurd), NAMES);
    const found = extractor.take(waveform(T0), NAMES);
    expect(featureIn(found, 'rotor')).toMatchObject({ quality: 'bad', value: null });
    expect(featureIn(found, 'speed')).toMatchObject({ quality: 'bad', value: null });
    expect(featureIn(found, 'velocity_rms')).toMatchObject({ quality: 'good' });
  });

  it('that break the making of features are told so, and the next one is looked at', () => {
    const extractor = new Extractor([PUMP_DE]);
    const broken: LogRecord = {
      kind: 'waveform',
      receivedAt: T0,
      at: T0,
      tag: 0,
      rateHz,
      unit: 'm/s2',
      get samples(): Float32Array {
        throw new RangeError('out of range');
      },
    };
    const refusal = { code: 'failed', reason: 'out of range' };
    expect(extractor.take(broken, NAMES)).toMatchObject({ readings: [], refusal });
    expect(extractor.take(waveform(T0 + 1), NAMES)).toMatchObject({ refusal: null });
  });

  it('give the same after a restart as without', () => {
    const stream = [reading(T0, 1_470), waveform(T0 + 1), reading(T0 + 2, 1_480), waveform(T0 + 3)];
    const whole = new Extractor([SPEED_TAG]);
    const expected = stream.map((record) => whole.take(record, NAMES));
    for (let cut = 0; cut <= stream.length; cut++) {
      const before = new Extractor([SPEED_TAG]);
      const found = stream.slice(0, cut).map((record) => before.take(record, NAMES));
      const after = new Extractor([SPEED_TAG], JSON.parse(JSON.stringify(before.save())));
      found.push(...stream.slice(cut).map((record) => after.take(record, NAMES)));
      expect(found).toEqual(expected);
    }
  });

  it('of other tags and of the other kind are left alone, or refused', () => {
    const extractor = new Extractor([PUMP_DE]);
    expect(extractor.take(waveform(T0, 2), NAMES)).toBeNull();
    const frame = { kind: 'thermalFrame', receivedAt: T0, at: T0, tag: 0, width: 1, height: 1 } as const;
    const found = extractor.take({ ...frame, celsius: Float32Array.of(20) }, NAMES);
    expect(found).toMatchObject({
      readings: [],
      refusal: { reason: 'a thermal frame came for pump-1.de, and pump-1-de says it is none' },
    });
  });
});
