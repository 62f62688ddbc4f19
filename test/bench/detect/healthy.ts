import type { seeded } from '../../../rules/math/seeded.ts';

/** A reading in five minutes. */
export const STEP_MS = 5 * 60_000;
const READINGS_PER_DAY = 86_400_000 / STEP_MS;
export const READINGS_PER_WEEK = 7 * READINGS_PER_DAY;

/** What moves all three tags of a well machine, each in its own measure. */
export const HEALTHY: Readonly<Record<string, (random: ReturnType<typeof seeded>) => (reading: number) => number>> = {
  noise: () => () => 0,
  'random walk': ({ normal }) => {
    let level = 0;
    return () => {
      level += 0.1 * normal();
      return level;
    };
  },
  seasons: () => (reading) =>
    4 * Math.sin((2 * Math.PI * reading) / READINGS_PER_DAY) +
    2 * Math.sin((2 * Math.PI * reading) / READINGS_PER_WEEK),
  'load steps': ({ uniform }) => {
    let load = 0;
    return () => {
      if (uniform() < 1 / 36) load = 10 * uniform();
      return load;
    };
  },
  restarts: ({ uniform }) => {
    let left = 0;
    return () => {
      if (left === 0 && uniform() < 1 / READINGS_PER_DAY) left = 6 + Math.round(12 * uniform());
      if (left > 0) left--;
      return left > 0 ? -20 : 0;
    };
  },
  'drifting ambient': ({ normal }) => {
    let drift = 0;
    return (reading) => {
      drift = 0.999 * drift + 0.05 * normal();
      return drift + (3 * reading) / (4 * READINGS_PER_WEEK) + 2 * Math.sin((2 * Math.PI * reading) / READINGS_PER_DAY);
    };
  },
};
