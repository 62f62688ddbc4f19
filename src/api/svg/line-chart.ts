import { escapeXml, LETTER, NOTE_LINE, PAPER, text, wrap } from './paper.ts';
import { scaleOf, ticksOf } from './ticks.ts';

/** A line, in the units of the axes. */
export interface ChartLine {
  /** `main`: what the picture is about. `other`: what it is compared with. `middle`: the middle of a band. */
  readonly look: 'main' | 'other' | 'middle';
  /** In order of x; a `null` breaks the line. */
  readonly points: readonly (readonly [x: number, y: number] | null)[];
}

/** Something marked on an axis. */
export interface ChartMark {
  readonly at: number;
  readonly text: string;
  readonly look: 'plain' | 'warning' | 'extreme';
}

/** A stretch of values over a stretch of x, in the units of the axes. */
export interface ChartBand {
  readonly x: readonly [from: number, to: number];
  readonly y: readonly [low: number, high: number];
}

/** A picture with two axes. */
export interface LineChart {
  readonly title: string;
  /** px; letters have the same size in every picture. */
  readonly width: number;
  /** How it was made; below the picture. */
  readonly note: string;
  readonly x: { readonly from: number; readonly to: number; readonly ticks: readonly ChartMark[] };
  readonly y: { readonly from: number; readonly to: number; readonly name: string };
  readonly bands: readonly ChartBand[];
  readonly lines: readonly ChartLine[];
  /** From top to bottom. */
  readonly cursors: readonly ChartMark[];
  /** From left to right. */
  readonly limits: readonly ChartMark[];
}

const PLOT_HEIGHT = 286;
const LEFT = 64;
const TOP = 52;
/** Half of the last number of the axis stands beyond its end. */
const RIGHT = 30;
const BOTTOM = TOP + PLOT_HEIGHT;
const CURSOR_ROWS = 3;

/** Draws a chart as SVG, in the colours of whoever looks at it: light or dark. */
export function drawLineChart(chart: LineChart): string {
  const { width } = chart;
  const right = width - RIGHT;
  const px = scaleOf(chart.x, [LEFT, right]);
  const py = scaleOf(chart.y, [BOTTOM, TOP]);
  const notes = wrap(chart.note, Math.floor((width - 32) / LETTER));
  const height = BOTTOM + 34 + NOTE_LINE * notes.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(chart.title)}">`,
    `<style>${STYLE}</style><rect class="page" width="${width}" height="${height}"/>`,
    `<clipPath id="plot"><rect x="${LEFT}" y="${TOP}" width="${right - LEFT}" height="${PLOT_HEIGHT}"/></clipPath>`,
    text(16, 20, 'title', chart.title),
    ...notes.map((line, i) => text(16, BOTTOM + 42 + NOTE_LINE * i, 'note', line)),
    text(16, 40, 'note', chart.y.name),
    ...ticksOf(chart.y.from, chart.y.to, 5).map(
      ({ at, text: word }) =>
        `<path class="grid" d="M${LEFT} ${py(at)}H${right}"/>${text(LEFT - 6, Number(py(at)) + 4, 'tick end', word)}`,
    ),
    ...chart.x.ticks.map(
      ({ at, text: word }) =>
        `<path class="grid" d="M${px(at)} ${TOP}V${BOTTOM}"/>${text(Number(px(at)), BOTTOM + 18, 'tick middle', word)}`,
    ),
    '<g clip-path="url(#plot)">',
    ...chart.bands.map(({ x, y }) => rect(px(x[0]), px(x[1]), py(y[1]), py(y[0]))),
    ...chart.cursors.map(({ at, look }) => `<path class="cursor ${look}" d="M${px(at)} ${TOP}V${BOTTOM}"/>`),
    ...chart.lines.map(({ look, points }) => `<path class="line ${look}" d="${pathOf(points, px, py)}"/>`),
    ...chart.limits.map(({ at, look }) => `<path class="limit ${look}" d="M${LEFT} ${py(at)}H${right}"/>`),
    '</g>',
    ...chart.limits.map(({ at, text: word, look }) => text(right - 4, Number(py(at)) - 4, `name end ${look}`, word)),
    ...cursorNames(chart.cursors, px, right),
    '</svg>',
  ].join('\n');
}

/**
 * Names stand in rows, so that neighbours can be read; one that has no room is left out, its line stays. Those that are marked have the
 * first choice.
 */
export function cursorNames(cursors: readonly ChartMark[], px: (x: number) => string, end: number): string[] {
  const rows = Array.from({ length: CURSOR_ROWS }, (): [from: number, to: number][] => []);
  return [...cursors]
    .sort((a, b) => Number(a.look === 'plain') - Number(b.look === 'plain') || a.at - b.at)
    .flatMap(({ at, text: word, look }) => {
      const left = Number(px(at)) + 3;
      const right = left + word.length * LETTER + 4;
      const row = rows.findIndex((taken) => taken.every(([from, to]) => right < from || to < left));
      if (row === -1 || left > end) return [];
      rows[row]!.push([left, right]);
      return [text(left, TOP + 12 + 14 * row, `name ${look}`, word)];
    });
}

function pathOf(points: ChartLine['points'], px: (x: number) => string, py: (y: number) => string): string {
  let pen = 'M';
  const parts: string[] = [];
  for (const point of points) {
    if (point === null) {
      pen = 'M';
      continue;
    }
    parts.push(`${pen}${px(point[0])} ${py(point[1])}`);
    pen = 'L';
  }
  return parts.join('');
}

function rect(left: string, right: string, top: string, bottom: string): string {
  const [width, height] = [Number(right) - Number(left), Number(bottom) - Number(top)].map((size) => size.toFixed(1));
  return `<rect class="band" x="${left}" y="${top}" width="${width}" height="${height}"/>`;
}

/** The style of cursors and of the names of marks: a name is read through the lines that cross it. */
export const CURSOR_STYLE = `.cursor.plain{opacity:.55}.cursor.warning{stroke:var(--high)}
.name{paint-order:stroke;stroke:var(--page);stroke-width:3px}.name.plain{fill:var(--muted);font-weight:400}.name.warning{fill:var(--high)}`;

const STYLE = `${PAPER}
.grid{stroke:var(--grid)}.band{fill:var(--band)}path{fill:none}
.line{stroke:var(--line);stroke-width:1.4;stroke-linejoin:round}.line.other{stroke:var(--other);stroke-width:1}.line.middle{stroke-dasharray:2 3;stroke-width:1}
.limit,.cursor{stroke:var(--muted);stroke-dasharray:4 3}.limit.warning{stroke:var(--high)}.limit.extreme{stroke:var(--extreme);stroke-dasharray:8 3}
.name.extreme{fill:var(--extreme)}${CURSOR_STYLE}`;
