import type { Region } from '../../model/measuring-point.ts';
import { HEAT, heatColours } from './heat-colours.ts';
import { packPng } from './indexed-png.ts';
import { escapeXml, LETTER, NOTE_LINE, PAPER, text, wrap } from './paper.ts';
import { scaleOf, ticksOf } from './ticks.ts';

/** A thermal frame and what is known of it. */
export interface FrameToDraw {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Row by row from the top left. */
  readonly celsius: Float32Array;
  readonly regions: readonly Region[];
  /** The features of the frame, by name (`hotspot`, `l1.max`); or why it has none. */
  readonly features: ReadonlyMap<string, number> | { readonly reason: string };
}

const LEFT = 16;
const TOP = 52;
/** Room for the scale. */
const RIGHT = 92;
const MAX_PLOT_HEIGHT = 520;
const SCALE_WIDTH = 14;
/** The colours of a calm picture are not those of its noise, K. */
const MIN_SPAN = 2;
const COLOURS = heatColours(256);
const REGION_LINE = 14;

/**
 * Draws a thermal frame in false colours as SVG: scale in °C, hot spot, regions with their hottest spot, and all numbers as words
 * below. `width`: of the picture, px.
 */
export async function drawFrame(frame: FrameToDraw, { width }: { readonly width: number }): Promise<string> {
  const { name, celsius, features } = frame;
  const extent = extentOf(celsius);
  const range = widen(extent);
  const pxPerPixel = Math.min((width - LEFT - RIGHT) / frame.width, MAX_PLOT_HEIGHT / frame.height);
  const plot = { width: frame.width * pxPerPixel, height: frame.height * pxPerPixel };
  const bottom = TOP + plot.height;
  const notes = notesOf(frame, extent).flatMap((note) => wrap(note, Math.floor((width - 32) / LETTER)));
  const height = Math.ceil(bottom + 26 + NOTE_LINE * notes.length);
  const png = await packPng({ ...frame, pixels: colourNumbers(celsius, range), colours: COLOURS });
  const isRead = !('reason' in features);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(name)}">`,
    `<style>${STYLE}</style><rect class="page" width="${width}" height="${height}"/>`,
    text(LEFT, 20, 'title', name),
    text(LEFT, 40, 'note', '°C'),
    `<image x="${LEFT}" y="${TOP}" width="${plot.width.toFixed(1)}" height="${plot.height.toFixed(1)}" preserveAspectRatio="none" href="data:image/png;base64,${png.toString('base64')}"/>`,
    ...(isRead ? frame.regions.map((region) => drawRegion(region, features, { pxPerPixel, plot })) : []),
    ...(isRead ? [drawHotSpot(features, pxPerPixel)] : []),
    ...drawScale(range, { left: LEFT + plot.width + 12, bottom }),
    ...notes.map((line, i) => text(LEFT, bottom + 26 + NOTE_LINE * i, 'note', line)),
    '</svg>',
  ].join('\n');
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function extentOf(celsius: Float32Array): Span {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of celsius) {
    if (value < from) from = value;
    if (value > to) to = value;
  }
  return { from, to };
}

function widen({ from, to }: Span): Span {
  const lacking = Math.max(0, MIN_SPAN - (to - from)) / 2;
  return { from: from - lacking, to: to + lacking };
}

function colourNumbers(celsius: Float32Array, { from, to }: Span): Uint8Array {
  const perKelvin = (COLOURS.length - 1) / (to - from);
  const numbers = new Uint8Array(celsius.length); // a third of a million: `from` with a function takes ten times as long
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.round((celsius[i]! - from) * perKelvin);
  return numbers;
}

function notesOf({ width, height, regions, features }: FrameToDraw, { from, to }: Span): string[] {
  const size = `${width} × ${height} pixels, ${from.toFixed(1)} to ${to.toFixed(1)} °C`;
  if ('reason' in features) return [size, `Nothing was read from it: ${features.reason}`];
  const read = (name: string) => (features.get(name) ?? Number.NaN).toFixed(1);
  const place = `${features.get('hotspot_x')}, ${features.get('hotspot_y')}`;
  return [
    `${size}; hot spot ${read('hotspot')} °C at ${place} (hottest mean of 3 × 3 pixels)`,
    ...regions.map(({ name }) => `${name}: max ${sayRegion(name, features)}, mean ${read(`${name}.mean`)} °C`),
    ...(regions.length > 0 ? ['ΔT: over the median of the picture'] : []),
  ];
}

function sayRegion(name: string, features: ReadonlyMap<string, number>): string {
  const [max, rise] = ['max', 'rise'].map((what) => (features.get(`${name}.${what}`) ?? Number.NaN).toFixed(1));
  return `${max} °C, ΔT ${rise} K`;
}

/** Its name stands in it where there is room, with as many of its numbers as fit; else above or below. */
function drawRegion(
  region: Region,
  features: ReadonlyMap<string, number>,
  { pxPerPixel, plot }: { readonly pxPerPixel: number; readonly plot: { readonly width: number } },
): string {
  const [x, y] = [LEFT + region.x * pxPerPixel, TOP + region.y * pxPerPixel];
  const [width, height] = [region.width * pxPerPixel, region.height * pxPerPixel];
  const whole = `${region.name} ${sayRegion(region.name, features)}`;
  const shorter = whole.slice(0, whole.indexOf(','));
  const words = [whole, shorter].find((each) => each.length * LETTER + 8 <= width) ?? region.name;
  const isInside = height >= 2 * REGION_LINE && words.length * LETTER + 8 <= width;
  const isAbove = y - TOP >= REGION_LINE;
  const textY = isInside ? y + REGION_LINE : isAbove ? y - 4 : y + height + REGION_LINE - 2;
  const textX = Math.max(LEFT + 2, Math.min(x + 4, LEFT + plot.width - words.length * LETTER));
  const box = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${width.toFixed(1)}" height="${height.toFixed(1)}"`;
  return `<rect class="edge" ${box}/><rect class="region" ${box}/>${text(textX, textY, 'on', words)}`;
}

function drawHotSpot(features: ReadonlyMap<string, number>, pxPerPixel: number): string {
  const [x, y] = ['hotspot_x', 'hotspot_y'].map((name) => ((features.get(name) ?? 0) + 0.5) * pxPerPixel);
  const cross = `M${(LEFT + x!).toFixed(1)} ${(TOP + y!).toFixed(1)}m-11 0h7m8 0h7m-11 -11v7m0 8v7`;
  return `<path class="edge" d="${cross}"/><path class="hot" d="${cross}"/>`;
}

function drawScale(range: Span, { left, bottom }: { readonly left: number; readonly bottom: number }): string[] {
  const py = scaleOf(range, [bottom, TOP]);
  const stops = HEAT.map((colour, i) => {
    const offset = (i / (HEAT.length - 1)).toFixed(3);
    return `<stop offset="${offset}" stop-color="rgb(${colour.join(' ')})"/>`;
  });
  const end = left + SCALE_WIDTH;
  const count = Math.max(2, Math.min(8, Math.floor((bottom - TOP) / 30)));
  return [
    `<linearGradient id="heat" x1="0" y1="1" x2="0" y2="0">${stops.join('')}</linearGradient>`,
    `<rect class="scale" x="${left.toFixed(1)}" y="${TOP}" width="${SCALE_WIDTH}" height="${(bottom - TOP).toFixed(1)}"/>`,
    ...ticksOf(range.from, range.to, count).map(
      ({ at, text: word }) =>
        `<path class="tick" d="M${end.toFixed(1)} ${py(at)}h4"/>${text(end + 7, Number(py(at)) + 4, 'note', `${word} °C`)}`,
    ),
  ];
}

const STYLE = `${PAPER}
image{image-rendering:pixelated}.scale{fill:url(#heat)}.tick{stroke:var(--muted)}
.edge,.region,.hot{fill:none;stroke:#000;stroke-width:3.5}.region,.hot{stroke:#fff;stroke-width:1.3}.hot{stroke:#7df9ff;stroke-width:1.8}
.on{font-size:12px;font-weight:600;fill:#fff;stroke:#000;stroke-width:3px;paint-order:stroke;stroke-linejoin:round}`;
