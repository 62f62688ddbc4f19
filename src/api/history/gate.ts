import { ApiError } from '../../model/errors.ts';

/** Lets so many pieces of heavy work run at once, so that they leave connections for everybody else. */
export interface Gate {
  /** Takes a place; give it back by calling what it returns, once. Throws a 503 when all are taken. */
  enter(): () => void;
  /** Runs `work` in a place. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

/** Makes a gate with `places` places; `what` is named when they are all taken. */
export function createGate(places: number, what: string): Gate {
  let taken = 0;
  const enter = () => {
    if (taken >= places) throw new ApiError(503, 'unavailable', `${places} ${what} are running already`);
    taken += 1;
    let isIn = true;
    return () => {
      if (isIn) taken -= 1;
      isIn = false;
    };
  };
  return {
    enter,
    run: async (work) => {
      const leave = enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
