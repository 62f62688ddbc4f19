import type uPlot from 'uplot';
import type { PlantClock } from '../text/time-text.ts';
import { drawBands } from './bands.ts';
import type { Columns } from './columns.ts';
import { createFrame, hoverOf } from './frame.ts';
import { drawGapNames, drawGaps, drawLimits, drawMoments, type LimitLine, type MomentLine } from './marks.ts';
import { type Palette, paletteOf } from './palette.ts';
import { CHART_FIT, scaleRange } from './scale-range.ts';
import type { Sight } from './sight.ts';

/** What a chart shows at one moment. */
export interface Picture {
  readonly columns: Columns;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limits: readonly LimitLine[];
  readonly moments: readonly MomentLine[];
  readonly sight: Sight;
}

/** A chart on the page. */
export interface Plot {
  show(picture: Picture): void;
  /** Frees everything; the element is empty afterwards. */
  destroy(): void;
}

/** What is under the pointer; `null` when the pointer is elsewhere. */
export type Hover = { readonly atMs: number; readonly value: number } | null;

/** Settings of a chart that stay the same while it lives. */
export interface PlotOptions {
  readonly heightPx: number;
  readonly clock: PlantClock;
  readonly valueText: (value: number) => string;
  /** Charts of one group share the pointer, so that cause and effect are seen at one time. */
  readonly group: string;
  readonly onHover: (hover: Hover) => void;
}

/** Draws a chart into `element`, as wide as it is, also when that changes. */
export function createPlot(element: HTMLElement, options: PlotOptions): Plot {
  const palette = paletteOf(element);
  let picture: Picture | null = null;

  const range = (): [number, number] => (picture === null ? [0, 1] : [picture.fromMs / 1_000, picture.toMs / 1_000]);
  const yRange = (): [number, number] => {
    if (picture === null) return [0, 1];
    const { columns, limits, sight } = picture;
    const bands = [
      ...sight.normals.flat().flatMap(({ low, high }) => [low, high]),
      ...sight.forecasts.map(({ limit }) => limit),
      ...sight.zones.flatMap(({ to }) => (to === null ? [] : [to])),
    ];
    return (
      scaleRange(
        [...columns.line, ...columns.doubtful],
        [...limits.flatMap(({ level, value }) => (level === null ? [] : [value])), ...bands],
        CHART_FIT,
      ) ?? [0, 1]
    );
  };

  const frame = createFrame(element, {
    heightPx: options.heightPx,
    clock: options.clock,
    palette,
    xRange: range,
    yRange,
    ticks: { space: 32, values: (_self, splits) => axisTexts(splits, options.valueText) },
    group: options.group,
    series: seriesOf(palette),
    hooks: {
      drawClear: [
        (self) => {
          if (picture === null) return;
          drawBands(self, picture.sight, palette);
          drawGaps(self, picture.columns.gaps, palette);
        },
      ],
      draw: [
        (self) => {
          if (picture === null) return;
          drawGapNames(self, picture.columns.gaps, palette);
          drawLimits(self, picture.limits, palette);
          drawMoments(self, picture.moments, palette);
        },
      ],
      setCursor: [(self) => options.onHover(hoverOf(self))],
    },
  });

  return {
    show(next) {
      picture = next;
      const { atSeconds, line, doubtful } = next.columns;
      frame.draw([[...atSeconds], [...line], [...doubtful]]);
    },
    destroy: () => frame.destroy(),
  };
}

/** Writes ticks no more exactly than their distance asks for. */
function axisTexts(splits: readonly number[], valueText: (value: number) => string): string[] {
  const step = Math.abs((splits[1] ?? 0) - (splits[0] ?? 0));
  if (step === 0) return splits.map(valueText);
  const decimals = Math.max(0, Math.min(6, Math.ceil(-Math.log10(step) - 1e-9)));
  const exact = (value: number) => value.toFixed(decimals);
  const finer = splits.some((value) => Math.abs(Number(exact(value)) - value) > step / 100) ? 1 : 0;
  return splits.map((value) => value.toFixed(decimals + finer).replace('-', '−'));
}

function seriesOf(palette: Palette): uPlot.Series[] {
  return [
    {},
    { stroke: palette.trend, width: 1.75, spanGaps: false, points: { show: false } },
    {
      stroke: palette.doubtful,
      width: 0,
      paths: () => null,
      points: { show: true, size: 5, width: 1.25, stroke: palette.doubtful, fill: palette.surface },
    },
  ];
}
