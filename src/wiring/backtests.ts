import { formatProblems } from '../config/problems.ts';
import { Backtests } from '../engine/backtest/backtests.ts';
import { backtest } from '../engine/backtest/host.ts';
import type { Clock } from '../model/clock.ts';
import { ApiError } from '../model/errors.ts';
import type { Plant } from '../model/plant.ts';
import { readPlantApart } from './read-plant.ts';

/** Back-tests as the API asks for them. */
export interface BacktestDesk {
  readonly jobs: Backtests;
  /** The plant of this service, as it is now. */
  readonly present: () => Plant;
  /**
   * Reads a plant that somebody wants to try. Throws `body_invalid` with what is wrong with it, `rate_limited` while another
   * one is read.
   */
  readonly readPlant: (text: string) => Promise<Plant>;
}

/** Lets people try rules on the history of this service. */
export function createBacktests(options: {
  readonly plant: () => Plant;
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): BacktestDesk {
  const { plant, databaseUrl, clock, signal } = options;
  let isReading = false;
  return {
    jobs: new Backtests({ databaseUrl, clock, signal, run: backtest }),
    present: plant,
    readPlant: async (text) => {
      // Each takes a thread and its memory.
      if (isReading) throw new ApiError(429, 'rate_limited', 'another plant is being read', { retryAfterS: 2 });
      isReading = true;
      const loaded = await readPlantApart(text).finally(() => {
        isReading = false;
      });
      if (loaded.ok) return loaded.plant;
      throw new ApiError(400, 'body_invalid', `the plant cannot be tried:\n${formatProblems(loaded.problems)}`);
    },
  };
}
