import type { MadeSpectrum } from '../../model/spectrum.ts';
import { drawLineChart } from './line-chart.ts';
import { litCursors } from './lit-cursors.ts';
import { columnsOf, scaleTop } from './spectrum-columns.ts';
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
    ...(other ? [{ look: 'other' as const, points: columnsOf(other.spectrum, { toHz, width }) }] : []),
    { look: 'main' as const, points: columnsOf(spectrum, { toHz, width }) },
  ];
  const highest = Math.max(scaleTop(spectrum, { toHz }), other ? scaleTop(other.spectrum, { toHz }) : 0);
  const lit = litCursors(spectrum);
  const behind = other === null ? '' : `; behind it, in brown: ${other.name}`;
  return drawLineChart({
    title: name,
    width,
    note: `${spectrum.says}${sayLit(spectrum, lit)}${sayBeyond(spectrum, { toHz, top: highest * HEADROOM })}${behind}`,
    x: {
      from: 0,
      to: toHz,
      ticks: ticksOf(0, toHz, Math.max(2, Math.floor(width / TICK_PX))).map((tick) => ({
        at: tick.at,
        text: `${tick.text} Hz`,
        look: 'plain',
      })),
    },
    y: { from: 0, to: highest * HEADROOM || 1, name: sayUnit(spectrum) },
    bands: [],
    lines,
    cursors: spectrum.cursors.map((cursor) => ({
      at: cursor.hz,
      text: cursor.name,
      look: lit.has(cursor) ? 'warning' : 'plain',
    })),
    limits: [],
  });
}

/** The axis of the amplitudes in words. */
export function sayUnit({ unit, convention }: Pick<MadeSpectrum, 'unit' | 'convention'>): string {
  return unit === '1' ? 'depth of modulation' : `${unit} ${convention === 'rms' ? 'RMS' : 'peak'}`;
}

function sayLit({ cursors }: MadeSpectrum, lit: ReadonlySet<unknown>): string {
  if (cursors.length === 0) return '';
  return lit.size === 0 ? '; at no cursor a line stands out' : '; in colour: cursors at whose first a line stands out';
}

function sayBeyond({ amplitudes, lineHz, unit }: MadeSpectrum, { toHz, top }: { toHz: number; top: number }): string {
  const shown = amplitudes.subarray(0, Math.floor(toHz / lineHz) + 1);
  const highest = shown.reduce((most, one) => Math.max(most, one), 0);
  if (highest <= top || top === 0) return '';
  const at = shown.indexOf(highest) * lineHz;
  return `; ${highest.toPrecision(3)} ${unit} at ${Number(at.toPrecision(3))} Hz is beyond the top`;
}
