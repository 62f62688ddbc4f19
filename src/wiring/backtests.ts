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
  /** The plant of this service. */
  readonly present: Plant;
  /** Reads a plant that somebody wants to try. Throws `body_invalid` with all that is wrong with it. */
  readonly readPlant: (text: string) => Promise<Plant>;
}

/** Lets people try rules on the history of this service. */
export function createBacktests(options: {
  readonly plant: Plant;
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): BacktestDesk {
  const { plant, databaseUrl, clock, signal } = options;
  return {
    jobs: new Backtests({ databaseUrl, clock, signal, run: backtest }),
    present: plant,
    readPlant: async (text) => {
      const loaded = await readPlantApart(text);
      if (loaded.ok) return loaded.plant;
      throw new ApiError(400, 'body_invalid', `the plant cannot be tried:\n${formatProblems(loaded.problems)}`);
    },
  };
}
