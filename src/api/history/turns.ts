import { ApiError } from '../../model/errors.ts';

/** Lets so many pieces of work run at once and the rest wait for their turn, first come, first served. */
export interface Turns {
  /** Runs `work` when it is its turn. Throws a 503 when too many wait already. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Makes turns with `places` at once and at most `waiting` behind them; `what` is named when that is too few. */
export function createTurns({
  places,
  waiting,
  what,
}: {
  readonly places: number;
  readonly waiting: number;
  readonly what: string;
}): Turns {
  let taken = 0;
  const queue: (() => void)[] = [];
  return {
    run: async (work) => {
      if (taken >= places) {
        if (queue.length >= waiting)
          throw new ApiError(503, 'unavailable', `${places + waiting} ${what} are under way already`);
        await new Promise<void>((resolve) => queue.push(resolve)); // who leaves hands the place over
      } else taken += 1;
      try {
        return await work();
      } finally {
        const next = queue.shift();
        if (next) next();
        else taken -= 1;
      }
    },
  };
}
