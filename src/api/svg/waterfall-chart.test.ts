import { describe, expect, it } from 'vitest';
import type { MadeSpectrum } from '../../model/spectrum.ts';
import { litCursors } from './lit-cursors.ts';
import { pictureTime, rowTime } from './picture-time.ts';
import { scaleTop } from './spectrum-columns.ts';
import { drawWaterfall } from './waterfall-chart.ts';

/** Lines 1 Hz apart, all 0.01 but those given. */
const spectrum = (peaks: Readonly<Record<number, number>>, cursors: MadeSpectrum['cursors'] = []): MadeSpectrum => {
  const amplitudes = new Float64Array(1_001).fill(0.01);
  for (const [hz, amplitude] of Object.entries(peaks)) amplitudes[Number(hz)] = amplitude;
  return {
    ...{ window: 'hann', lines: 1_000, lineHz: 1, averages: 1, overlap: 0, unit: 'mm/s', convention: 'rms' },
    bandHz: null,
    says: 'hann window, 1000 lines of 1 Hz',
    amplitudes,
    cursors,
  };
};

describe('a waterfall', () => {
  const rows = [1, 2, 4].map((peak, i) => ({ name: `${i + 1} Nov 12:00`, spectrum: spectrum({ 300: peak }) }));
  const svg = drawWaterfall('pump-1.de', rows, { toHz: 1_000, width: 960, note: '3 spectra' });

  it('draws the oldest behind and the newest in front, all at one scale', () => {
    const drawn = [...svg.matchAll(/class="(row[^"]*)" d="M\S+ (\S+?)L(.*?)V/g)];
    expect(drawn.map(([, look]) => look)).toEqual(['row', 'row', 'row newest']);
    const bases = drawn.map(([, , base]) => Number(base));
    expect([...bases].sort((a, b) => a - b)).toEqual(bases);
    const heights = drawn.map(([, , base, line]) => {
      const tops = line!.split('L').map((point) => Number(point.split(' ')[1]));
      return Number(base) - Math.min(...tops);
    });
    expect(heights[2]! / heights[0]!).toBeCloseTo(4, 1);
    expect(heights[2]! / heights[1]!).toBeCloseTo(2, 1);
  });

  it('names its rows, its scale and how it was made', () => {
    for (const words of [
      '>1 Nov 12:00<',
      '>3 Nov 12:00<',
      '>pump-1.de<',
      'mm/s RMS, the highest line is 4.00',
      '3 spectra',
    ])
      expect(svg).toContain(words);
  });

  it('leaves out what integration makes of noise', () => {
    const noisy = [{ name: 'x', spectrum: spectrum({ 3: 50, 300: 2 }) }];
    expect(drawWaterfall('x', noisy, { toHz: 1_000, width: 960, note: '' })).toContain('the highest line is 2.00');
  });

  it('draws a single spectrum, too', () => {
    expect(drawWaterfall('x', rows.slice(0, 1), { toHz: 500, width: 280, note: '' })).toContain('row newest');
  });
});

it('a cursor is marked with its harmonics where a line stands out at the first of them, and not for a harmonic alone', () => {
  const at = (name: string, hz: number, amplitude: number) => ({ name, hz, amplitude });
  const cursors = [at('BPFO', 88, 1), at('2 × BPFO', 176, 1), at('BPFI', 134, 0.01), at('3 × BPFI', 402, 1)];
  const lit = litCursors(spectrum({ 88: 1, 176: 1, 402: 1 }, cursors));
  expect([...lit].map(({ name }) => name)).toEqual(['BPFO', '2 × BPFO']);
});

it('the scale of a velocity is not made for what integration makes of noise, unless the shaft is that slow', () => {
  expect(scaleTop(spectrum({ 3: 50, 25: 2 }), { toHz: 1_000 })).toBe(2);
  expect(scaleTop(spectrum({ 3: 50, 25: 2 }, [{ name: '1×', hz: 3, amplitude: 50 }]), { toHz: 1_000 })).toBe(50);
});

it('the time of a picture is that of the plant', () => {
  const at = Date.parse('2026-11-22T23:09:52Z');
  expect(pictureTime(at, 'Europe/Berlin')).toBe('23 Nov 2026 00:09:52');
  expect(rowTime(at, 'UTC')).toBe('22 Nov 23:09');
});
