import type uPlot from 'uplot';
import type { PlantClock } from '../text/time-text.ts';
import type { Palette } from './palette.ts';
import { timeLabels } from './time-axis.ts';

const DAY_S = 86_400;
/** Room for a time label: with a year, with seconds, and without. */
const MONTHS_LABEL_PX = 76;
const SECONDS_LABEL_PX = 70;
const MINUTES_LABEL_PX = 48;
/** Half of the widest label: one nearer to the right end would be cut off. */
const HALF_LABEL_PX = { months: 30, seconds: 28, minutes: 20 } as const;

/** The axis of time below a chart, by the clock of the plant, with dates where days change. */
export function timeAxis(palette: Palette, clock: PlantClock): uPlot.Axis {
  return {
    stroke: palette.text,
    font: palette.font,
    ticks: { show: false },
    grid: { stroke: palette.grid, width: 1 },
    size: 24,
    gap: 4,
    // Steps go 30 s, 60 s: whatever is wider than half a minute is labelled with whole minutes; whatever is wider than two weeks with months.
    space: (_self, _axis, fromSecond, toSecond, widthPx) => {
      const minutesStep = ((toSecond - fromSecond) / widthPx) * MINUTES_LABEL_PX;
      if (minutesStep > 14 * DAY_S) return MONTHS_LABEL_PX;
      return minutesStep > 30 ? MINUTES_LABEL_PX : SECONDS_LABEL_PX;
    },
    values: (self, splits, _axis, _space, stepSeconds) => {
      const kind = stepSeconds >= 28 * DAY_S ? 'months' : stepSeconds < 60 ? 'seconds' : 'minutes';
      const last = self.bbox.width / devicePixelRatio - HALF_LABEL_PX[kind];
      return timeLabels(splits, stepSeconds, clock).map((text, i) =>
        self.valToPos(splits[i] ?? 0, 'x') > last + 8 ? '' : text,
      );
    },
  };
}
