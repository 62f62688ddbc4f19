/** A repeatable source of random numbers: the same seed gives the same sequence, on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** One of the items, each equally likely; `items` must not be empty. */
  pick<T>(items: readonly [T, ...T[]]): T;
}

/**
 * Makes the generator from which a plant's script is drawn.
 * Mulberry32 (T. Ettinger, public domain, 2017): 32 bits of state, passes gjrand; ample for a few dozen draws.
 */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    // `next()` is below 1, so the index is always inside the array
    pick: <T>(items: readonly [T, ...T[]]) => items[Math.floor(next() * items.length)] as T,
  };
}

/**
 * Folds several numbers into one 32-bit seed, so that neighbouring inputs give unrelated outputs.
 * The finaliser of MurmurHash3 (A. Appleby, public domain), applied once per part.
 */
export function mixSeed(...parts: readonly number[]): number {
  let hash = 0x9e3779b9;
  for (const part of parts) {
    hash = Math.imul(hash ^ (part >>> 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/**
 * Draws the noise of one reading: standard normal, a pure function of its key.
 * A key instead of a sequence, so that a reading does not depend on which readings were taken before it.
 * Box–Muller (G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29(2), 1958).
 */
export function noiseOf(...key: readonly number[]): number {
  const random = createRandom(mixSeed(...key));
  const radius = Math.sqrt(-2 * Math.log(1 - random.next())); // 1 − u is never 0
  return radius * Math.cos(2 * Math.PI * random.next());
}
