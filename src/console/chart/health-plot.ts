import type uPlot from 'uplot';
import type { Alert } from '../api.generated.ts';
import type { HealthCourse } from '../state/health-course.ts';
import type { PlantClock } from '../text/time-text.ts';
import { createFrame, hoverOf } from './frame.ts';
import { clipToPlot, drawMoments, type MomentLine } from './marks.ts';
import { type Palette, paletteOf } from './palette.ts';

/** An alert beside the health: how bad, from when to when. */
export interface AlertBar {
  readonly priority: Alert['priority'];
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the strip shows at one moment. */
export interface HealthPicture {
  readonly course: HealthCourse;
  readonly fromMs: number;
  readonly toMs: number;
  readonly alerts: readonly AlertBar[];
  readonly moments: readonly MomentLine[];
}

/** A strip on the page. */
export interface HealthPlot {
  show(picture: HealthPicture): void;
  /** Frees everything; the element is empty afterwards. */
  destroy(): void;
}

/** Below the scale of the health lies the lane of the alerts. */
const LANE = { top: -0.06, bottom: -0.2 } as const;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/** Draws how an asset was into `element`, as wide as it is: the health over its quarters, and the alerts below. */
export function createHealthPlot(
  element: HTMLElement,
  options: {
    readonly heightPx: number;
    readonly clock: PlantClock;
    readonly onHover: (hover: { readonly atMs: number; readonly value: number } | null) => void;
  },
): HealthPlot {
  const palette = paletteOf(element);
  const inks = inksOf(element);
  let picture: HealthPicture | null = null;
  const frame = createFrame(element, {
    heightPx: options.heightPx,
    clock: options.clock,
    palette,
    xRange: () => (picture ? [picture.fromMs / 1_000, picture.toMs / 1_000] : [0, 1]),
    yRange: () => [LANE.bottom - 0.04, 1.06],
    ticks: {
      splits: () => TICKS,
      values: (_self, splits) => splits.map((value) => (value === 0.25 || value === 0.75 ? '' : String(value))),
    },
    series: [{}, { stroke: palette.trend, width: 2, spanGaps: false, points: { show: false } }],
    hooks: {
      drawClear: [(self) => picture && drawGround(self, picture, { palette, inks })],
      draw: [(self) => picture && drawMoments(self, picture.moments, palette)],
      setCursor: [(self) => options.onHover(hoverOf(self))],
    },
  });
  return {
    show(next) {
      picture = next;
      frame.draw([[...next.course.atSeconds], [...next.course.line]]);
    },
    destroy: () => frame.destroy(),
  };
}

type Inks = Readonly<Record<Alert['priority'], string>>;

function inksOf(element: Element): Inks {
  const style = getComputedStyle(element);
  const ink = (priority: Alert['priority']) => style.getPropertyValue(`--${priority}-fill`).trim();
  return { critical: ink('critical'), high: ink('high'), medium: ink('medium'), low: ink('low') };
}

/** The lower two quarters in the colours of zones C and D, what is not known in grey, and the alerts as bars. */
function drawGround(
  plot: uPlot,
  { course, alerts }: HealthPicture,
  { palette, inks }: { readonly palette: Palette; readonly inks: Inks },
): void {
  const { ctx, bbox } = plot;
  const y = (value: number) => plot.valToPos(value, 'y', true);
  const x = (ms: number) => Math.min(bbox.left + bbox.width, Math.max(bbox.left, plot.valToPos(ms / 1_000, 'x', true)));
  const fill = (colour: string, [left, right]: [number, number], [top, bottom]: [number, number]) => {
    ctx.fillStyle = colour;
    ctx.fillRect(left, top, Math.max(devicePixelRatio * 2, right - left), bottom - top);
  };
  ctx.save();
  clipToPlot(plot);
  const whole: [number, number] = [bbox.left, bbox.left + bbox.width];
  fill(palette.cautionTint, whole, [y(0.5), y(0.25)]);
  fill(palette.dangerTint, whole, [y(0.25), y(0)]);
  for (const { fromMs, toMs } of course.unknown) fill(palette.gap, [x(fromMs), x(toMs)], [y(1), y(0)]);
  for (const { priority, fromMs, toMs } of alerts)
    if (x(toMs) > bbox.left && x(fromMs) < bbox.left + bbox.width)
      fill(inks[priority], [x(fromMs), x(toMs)], [y(LANE.top), y(LANE.bottom)]);
  ctx.restore();
}
