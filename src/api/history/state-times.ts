import type { StateDuration } from '../../store/history-aggregates.ts';

/**
 * Durations of states as they are given out: every state asked for, also one that never was; what is left of `lengthMs` is
 * time in which the value is not known.
 */
export function stateTimes(
  found: readonly StateDuration[],
  states: { readonly by: 'limits' | 'values'; readonly numbers: readonly number[] },
  lengthMs: number,
) {
  const msOf = new Map(found.map(({ state, ms }) => [state, Math.round(ms * 1_000) / 1_000]));
  const { numbers } = states;
  const ranges =
    states.by === 'values'
      ? numbers.map((value) => ({ from: value, to: value }))
      : [...numbers, null].map((to, i) => ({ from: numbers[i - 1] ?? null, to }));
  const badMs = msOf.get(null) ?? 0;
  const allMs = [...msOf.values()].reduce((sum, ms) => sum + ms, 0);
  const knownMs = allMs - badMs;
  return {
    states: ranges.map((range, i) => {
      const durationMs = msOf.get(i) ?? 0;
      return { ...range, durationMs, share: knownMs === 0 ? null : durationMs / knownMs };
    }),
    otherMs: msOf.get(-1) ?? 0,
    badMs,
    unknownMs: Math.max(0, lengthMs - allMs),
  };
}
