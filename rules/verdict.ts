import type { Verdict } from './detector.ts';

/** Neither raises nor clears. Shared: nearly every reading of a plant ends here or in `NORMAL`, and needs no object. */
export const UNKNOWN: Verdict = Object.freeze({ state: 'unknown' });

/** Nothing is wrong, and by far. */
export const NORMAL: Extract<Verdict, { state: 'normal' }> = Object.freeze({ state: 'normal', score: 0 });
