import { Type } from 'typebox';
import type { Detector, Verdict } from '../../rules/detector.ts';
import { NORMAL } from '../../rules/verdict.ts';

/** Detectors that no engine should have, for the engine's thread: they find something above 50, and do their worst above 100. */
export const detectors: readonly Detector[] = [
  poison('throws', () => {
    throw new Error('a mistake in a detector');
  }),
  poison('loops', () => {
    for (let i = 0; ; i++) if (i < 0) return NORMAL;
  }),
  poison('backtracks', () => (/^(a+)+$/.test(`${'a'.repeat(40)}!`) ? NORMAL : NORMAL)),
  poison('hoards', () => {
    const hoard: number[][] = [];
    while (hoard.length >= 0) hoard.push(new Array<number>(100_000).fill(0.5));
    return NORMAL;
  }),
  poison('nonsense', () => ({ state: 'normal', score: Number.NaN })),
  poison('slow', () => {
    const until = performance.now() + 40;
    while (performance.now() < until);
    return NORMAL;
  }),
];

function poison(kind: string, act: () => Verdict): Detector {
  return {
    kind,
    about: 'machine',
    config: Type.Object({}),
    init: () => ({ readings: 0 }),
    step: (_state, _at, [value = Number.NaN]) => (value > 100 ? act() : value > 50 ? found(value) : NORMAL),
  };
}

function found(value: number): Verdict {
  return { state: 'abnormal', score: 1, finding: { value, limit: 50, explanation: 'more than 50' } };
}
