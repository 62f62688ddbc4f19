import type { MadeSpectrum } from '../../model/spectrum.ts';
import { type ChartLine, drawLineChart } from './line-chart.ts';
import { ticksOf } from './ticks.ts';

/** A spectrum with a name. */
export interface NamedSpectrum {
  readonly name: string;
  readonly spectrum: MadeSpectrum;
}

/** Hz that stand between two ticks need so much room, px. */
const TICK_PX = 90;
/** Of the highest line: room for the names above it. */
const HEADROOM = 1.25;

/** Draws a spectrum with its cursors, and another one behind it to compare. `toHz`: where it ends; `width` in px. */
export function drawSpectrum(
  { name, spectrum }: NamedSpectrum,
  { other, toHz, width }: { readonly other: NamedSpectrum | null; readonly toHz: number; readonly width: number },
): string {
  const lines = [
    ...(other ? [lineOf(other.spectrum, { toHz, width, look: 'other' })] : []),
    lineOf(spectrum, { toHz, width, look: 'main' }),
  ];
  const highest = lines.reduce(
    (most, { points }) => points.reduce((top, one) => Math.max(top, one?.[1] ?? 0), most),
    0,
  );
  const unit =
    spectrum.unit === '1'
      ? 'depth of modulation'
      : `${spectrum.unit} ${spectrum.convention === 'rms' ? 'RMS' : 'peak'}`;
  const behind = other === null ? '' : `; behind it, in brown: ${other.name}`;
  return drawLineChart({
    title: name,
    width,
    note: `${spectrum.says}${behind}`,
    x: {
      from: 0,
      to: toHz,
      ticks: ticksOf(0, toHz, Math.max(2, Math.floor(width / TICK_PX))).map((tick) => ({
        at: tick.at,
        text: `${tick.text} Hz`,
        look: 'plain',
      })),
    },
    y: { from: 0, to: highest * HEADROOM || 1, name: unit },
    bands: [],
    lines,
    cursors: spectrum.cursors.map(({ hz, name: fault }) => ({ at: hz, text: fault, look: 'warning' })),
    limits: [],
  });
}

/** The highest line of every column of the picture, so that none is lost. */
function lineOf(
  { amplitudes, lineHz }: MadeSpectrum,
  { toHz, width, look }: { readonly toHz: number; readonly width: number; readonly look: ChartLine['look'] },
): ChartLine {
  const last = Math.min(amplitudes.length - 1, Math.floor(toHz / lineHz));
  const each = Math.max(1, Math.ceil(last / width));
  const points: [number, number][] = [];
  for (let from = 0; from <= last; from += each) {
    let top = from;
    for (let k = from; k < Math.min(from + each, last + 1); k++) if (amplitudes[k]! > amplitudes[top]!) top = k;
    points.push([top * lineHz, amplitudes[top]!]);
  }
  return { look, points };
}
