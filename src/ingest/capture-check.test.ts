import { describe, expect, it } from 'vitest';
import { type Capture, MAX_SAMPLES } from '../model/waveform.ts';
import { refuseCapture } from './capture-check.ts';

const NOW = 1_800_000_000_000;
const waveform = (more: Partial<Extract<Capture, { kind: 'waveform' }>> = {}): Capture => ({
  kind: 'waveform',
  tag: 'a.x',
  at: NOW,
  rateHz: 25_600,
  unit: 'm/s2',
  samples: Float32Array.of(1, -2, 0),
  ...more,
});
const frame = (more: Partial<Extract<Capture, { kind: 'thermalFrame' }>> = {}): Capture => ({
  kind: 'thermalFrame',
  tag: 'a.x',
  at: NOW,
  width: 3,
  height: 2,
  celsius: new Float32Array(6),
  ...more,
});
const judge = (capture: Capture) => refuseCapture(capture, { now: NOW, keepMs: 86_400_000 });

describe('a waveform or a thermal frame', () => {
  it.each([
    waveform(),
    waveform({ at: NOW - 86_400_000 }),
    waveform({ at: NOW + 600_000 }),
    ...['m/s2', 'mm/s', 'g', '[g]', '[in_i]/s'].map((unit) => waveform({ unit })),
    waveform({ samples: new Float32Array(MAX_SAMPLES) }),
    waveform({ rateHz: 0.001 }),
    frame(),
    frame({ width: 640, height: 512, celsius: new Float32Array(640 * 512) }),
    frame({ width: 512, height: 640, celsius: new Float32Array(640 * 512) }),
  ])('is kept: %#', (capture) => {
    expect(judge(capture)).toBeNull();
  });

  it.each([
    ['invalid_time', waveform({ at: Number.NaN })],
    ['too_new', waveform({ at: NOW + 600_001 })],
    ['too_old', frame({ at: NOW - 86_400_001 })],
    ['invalid_rate', waveform({ rateHz: 0 })],
    ['invalid_rate', waveform({ rateHz: Number.NaN })],
    ['invalid_rate', waveform({ rateHz: Number.POSITIVE_INFINITY })],
    ...['', 'mm', 'm/s', 'V', 'M/S2', ' m/s2', 'in/s'].map((unit) => ['invalid_unit', waveform({ unit })] as const),
    ['invalid_size', waveform({ samples: new Float32Array(0) })],
    ['too_large', waveform({ samples: new Float32Array(MAX_SAMPLES + 1) })],
    ['not_finite', waveform({ samples: Float32Array.of(1, Number.NaN) })],
    ['not_finite', waveform({ samples: Float32Array.of(1e39) })],
    ['invalid_size', frame({ width: 0, celsius: new Float32Array(0) })],
    ['invalid_size', frame({ width: 1.5, height: 4 })],
    ['invalid_size', frame({ width: -3, height: -2 })],
    ['invalid_size', frame({ celsius: new Float32Array(5) })],
    ['invalid_size', frame({ celsius: new Float32Array(7) })],
    ['too_large', frame({ width: 641, height: 1, celsius: new Float32Array(641) })],
    ['too_large', frame({ width: 640, height: 513, celsius: new Float32Array(640 * 513) })],
    ['not_finite', frame({ celsius: Float32Array.of(0, 0, 0, 0, 0, Number.NEGATIVE_INFINITY) })],
  ] as const)('is refused as %s: %#', (code, capture) => {
    expect(judge(capture)).toMatchObject({ code, reason: expect.stringMatching(/.{10}/) });
  });
});
