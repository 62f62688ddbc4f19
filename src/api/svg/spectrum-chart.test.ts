import { describe, expect, it } from 'vitest';
import type { MadeSpectrum } from '../../model/spectrum.ts';
import { drawSpectrum } from './spectrum-chart.ts';
import { ticksOf } from './ticks.ts';

const spectrum = (peak: number): MadeSpectrum => {
  const amplitudes = new Float64Array(8_193).fill(0.01);
  amplitudes[4_001] = peak;
  return {
    ...{ window: 'hann', lines: 8_192, lineHz: 0.5, averages: 3, overlap: 0.5, unit: 'mm/s', convention: 'rms' },
    bandHz: null,
    says: 'hann window, 8192 lines of 0.5 Hz',
    amplitudes,
    cursors: [{ name: 'BPFO', hz: 2_000, amplitude: peak }],
  };
};
const draw = (name: string, other: MadeSpectrum | null = null) =>
  drawSpectrum(
    { name, spectrum: spectrum(4) },
    { other: other && { name: 'baseline', spectrum: other }, toHz: 4_096, width: 960 },
  );

describe('the picture of a spectrum', () => {
  it('keeps the one high line among thousands, at its place', () => {
    // 960 px wide, from 64 to 930, 400 high from 52 to 338; 4 of 5 are 80 % of the height.
    const x = (64 + (866 * 2_000.5) / 4_096).toFixed(1);
    const y = (338 - 0.8 * 286).toFixed(1);
    expect(draw('press-1.de')).toContain(`L${x} ${y}`);
  });

  it('states how it was made, its unit and convention, and names the cursors', () => {
    const svg = draw('press-1.de');
    for (const words of [
      '>hann window, 8192 lines of 0.5 Hz; in colour: cursors at whose first a line stands out<',
      '>mm/s RMS<',
      '>BPFO<',
      '>press-1.de<',
      '>4000 Hz<',
    ])
      expect(svg).toContain(words);
  });

  it('shows what it is compared with, behind it', () => {
    const svg = draw('press-1.de', spectrum(2));
    expect(svg).toContain('in brown: baseline');
    expect(svg.indexOf('line other')).toBeLessThan(svg.indexOf('line main'));
  });

  it('takes a name for text, whatever stands in it', () => {
    const svg = draw('<script>&"');
    expect(svg).not.toContain('<script');
    expect(svg).toContain('&lt;script&gt;&amp;&quot;');
  });
});

describe('ticks', () => {
  it('are round, inside the axis, and as short as they can be', () => {
    expect(ticksOf(0, 4_096, 10).map(({ text }) => text)).toEqual([
      '0',
      '500',
      '1000',
      '1500',
      '2000',
      '2500',
      '3000',
      '3500',
      '4000',
    ]);
    expect(ticksOf(0, 0.5, 5).map(({ text }) => text)).toEqual(['0.0', '0.1', '0.2', '0.3', '0.4', '0.5']);
    expect(ticksOf(3.2, 4.1, 5).map(({ text }) => text)).toEqual(['3.2', '3.4', '3.6', '3.8', '4.0']);
    expect(ticksOf(1, 1, 5)).toEqual([]);
  });
});
