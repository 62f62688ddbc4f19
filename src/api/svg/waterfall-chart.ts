import type { MadeSpectrum } from '../../model/spectrum.ts';
import { CURSOR_STYLE, cursorNames } from './line-chart.ts';
import { litCursors } from './lit-cursors.ts';
import { escapeXml, LETTER, NOTE_LINE, PAPER, text, wrap } from './paper.ts';
import { sayUnit } from './spectrum-chart.ts';
import { columnsOf, saysFromHz, scaleTop } from './spectrum-columns.ts';
import { scaleOf, ticksOf } from './ticks.ts';

/** One spectrum of a row of them. */
export interface WaterfallRow {
  /** Its time, as it is written beside it. */
  readonly name: string;
  readonly spectrum: MadeSpectrum;
}

const LEFT = 96;
const RIGHT = 30;
const TOP = 52;
/** Room above the oldest one, for its lines and the names of the cursors. */
const PEAK = 96;
const ROWS_HEIGHT = 300;
const MOST_ROW = 34;
const TICK_PX = 90;
/** A name beside every row needs so much. */
const NAME_PX = 15;
/** Two px for one line of the picture: twenty rows stay below 200 kB. */
const COLUMN_PX = 2;

/**
 * Draws spectra one before the other, the oldest behind, the newest in front and thick, all at one scale: what grows is seen. The cursors are
 * those of the newest. `rows` in order of time; `toHz`: where it ends; `width` in px.
 */
export function drawWaterfall(
  title: string,
  rows: readonly WaterfallRow[],
  { toHz, width, note }: { readonly toHz: number; readonly width: number; readonly note: string },
): string {
  const newest = rows.at(-1)!.spectrum; // who calls has one
  const right = width - RIGHT;
  const step = Math.min(MOST_ROW, ROWS_HEIGHT / Math.max(1, rows.length - 1));
  const bottom = TOP + PEAK + step * (rows.length - 1);
  const highest = rows.reduce((most, { spectrum }) => Math.max(most, scaleTop(spectrum, { toHz })), 0) || 1;
  const px = scaleOf({ from: 0, to: toHz }, [LEFT, right]);
  const fromHz = saysFromHz(newest, { toHz });
  const lit = litCursors(newest);
  const cursors = newest.cursors.map((cursor) => ({
    at: cursor.hz,
    text: cursor.name,
    look: lit.has(cursor) ? ('warning' as const) : ('plain' as const),
  }));
  const cut = fromHz === 0 ? '' : `; from ${Number(fromHz.toPrecision(3))} Hz on`;
  const notes = wrap(`${note}; ${newest.says}${cut}`, Math.floor((width - 32) / LETTER));
  const height = bottom + 34 + NOTE_LINE * notes.length;
  const ticks = ticksOf(0, toHz, Math.max(2, Math.floor((right - LEFT) / TICK_PX)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    `<style>${STYLE}</style><rect class="page" width="${width}" height="${height}"/>`,
    `<clipPath id="plot"><rect x="${LEFT}" y="${TOP}" width="${right - LEFT}" height="${bottom - TOP + 1}"/></clipPath>`,
    text(16, 20, 'title', title),
    text(16, 40, 'note', `${sayUnit(newest)}, the highest line is ${highest.toPrecision(3)}`),
    ...ticks.map(
      (tick) =>
        `<path class="grid" d="M${px(tick.at)} ${TOP}V${bottom}"/>${text(Number(px(tick.at)), bottom + 18, 'tick middle', `${tick.text} Hz`)}`,
    ),
    '<g clip-path="url(#plot)">',
    ...cursors.map(({ at, look }) => `<path class="cursor ${look}" d="M${px(at)} ${TOP}V${bottom}"/>`),
    ...rows.map(({ spectrum }, i) => {
      const base = bottom - step * (rows.length - 1 - i);
      const py = scaleOf({ from: 0, to: highest }, [base, base - PEAK + 16]);
      const look = i === rows.length - 1 ? 'row newest' : 'row';
      const points = columnsOf(spectrum, { toHz, width: (right - LEFT) / COLUMN_PX }).filter(([hz]) => hz >= fromHz);
      const line = points.map(([hz, amplitude]) => `L${px(hz)} ${py(amplitude)}`).join('');
      return `<path class="${look}" d="M${px(fromHz)} ${base.toFixed(1)}${line}V${base.toFixed(1)}"/>`;
    }),
    '</g>',
    ...rowNames(rows, (i) => bottom - step * (rows.length - 1 - i)),
    ...cursorNames(cursors, px, right),
    ...notes.map((line, i) => text(16, bottom + 42 + NOTE_LINE * i, 'note', line)),
    '</svg>',
  ].join('\n');
}

/** From the newest upwards, every one that has room. */
function rowNames(rows: readonly WaterfallRow[], baseOf: (i: number) => number): string[] {
  const names: string[] = [];
  let last = Number.POSITIVE_INFINITY;
  for (let i = rows.length - 1; i >= 0; i--) {
    const base = baseOf(i);
    if (last - base < NAME_PX) continue;
    last = base;
    names.push(text(LEFT - 8, base + 2, i === rows.length - 1 ? 'name end' : 'tick end', rows[i]!.name));
  }
  return names;
}

const STYLE = `${PAPER}
.grid{stroke:var(--grid);fill:none}
.row{fill:var(--page);fill-opacity:.82;stroke:var(--line);stroke-width:1;stroke-linejoin:round}.row.newest{stroke:var(--text);stroke-width:1.5}
.cursor{stroke:var(--muted);stroke-dasharray:4 3;fill:none}
${CURSOR_STYLE}`;
