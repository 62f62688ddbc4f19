import uPlot from 'uplot';
import type { PlantClock } from '../text/time-text.ts';
import { timeAxis } from './axes.ts';
import type { Palette } from './palette.ts';

/** What a chart over time has of its own; the rest is the same for all. */
export interface FrameOptions extends Pick<uPlot.Options, 'series' | 'hooks'> {
  readonly heightPx: number;
  readonly clock: PlantClock;
  readonly palette: Palette;
  /** From and to of the time, s since 1970, and of the values. */
  readonly xRange: () => [number, number];
  readonly yRange: () => [number, number];
  /** How the axis of the values is divided and labelled. */
  readonly ticks: Pick<uPlot.Axis, 'space' | 'splits' | 'values'>;
  /** Charts of one group share the pointer. */
  readonly group?: string;
}

/** A chart over time on the page. */
export interface Frame {
  /** Seconds since 1970, then a column for each series. */
  draw(columns: uPlot.AlignedData): void;
  /** Frees everything; the element is empty afterwards. */
  destroy(): void;
}

/** Draws an empty chart over time into `element`, as wide as it is, also when that changes. */
export function createFrame(element: HTMLElement, options: FrameOptions): Frame {
  const { heightPx, clock, palette, xRange, yRange, ticks, group, series, hooks = {} } = options;
  const plot = new uPlot(
    {
      width: Math.max(120, element.clientWidth),
      height: heightPx,
      pxAlign: 1,
      // Days begin where they begin in the plant, wherever the browser is.
      tzDate: (second) => uPlot.tzDate(new Date(second * 1_000), clock.timezone),
      padding: [8, 8, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        ...(group !== undefined && { sync: { key: group, setSeries: false } }),
      },
      scales: { x: { time: true, range: xRange }, y: { range: yRange } },
      axes: [
        timeAxis(palette, clock),
        {
          stroke: palette.text,
          font: palette.font,
          ticks: { show: false },
          grid: { stroke: palette.grid, width: 1 },
          size: 52,
          gap: 4,
          ...ticks,
        },
      ],
      series,
      hooks,
    },
    series.map(() => []) as unknown as uPlot.AlignedData, // as many columns as series, the first of which is the time
    element,
  );
  const observer = new ResizeObserver(() => {
    if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: heightPx });
  });
  observer.observe(element);
  return {
    draw: (columns) => plot.setData(columns),
    destroy() {
      observer.disconnect();
      plot.destroy();
    },
  };
}

/** What is under the pointer: the first of the columns that has a value there; `null` when the pointer is elsewhere. */
export function hoverOf(plot: uPlot): { readonly atMs: number; readonly value: number } | null {
  const index = plot.cursor.idx;
  if (index === null || index === undefined || (plot.cursor.left ?? -1) < 0) return null;
  const [seconds, ...columns] = plot.data;
  const second = seconds[index];
  const value = columns.map((column) => column[index]).find((each) => typeof each === 'number');
  return typeof second === 'number' && typeof value === 'number' ? { atMs: second * 1_000, value } : null;
}
