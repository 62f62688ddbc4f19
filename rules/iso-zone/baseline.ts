/** What is learnt of a machine that is well. Plain data. */
export interface LearntBaseline {
  /** Readings so far; empty once the baseline is known. */
  learning?: number[];
  /** Their median, tag unit. */
  baseline?: number;
}

/**
 * The baseline of a machine from its first readings in zone A or B: their median, so that a few starts and blows among them do not
 * matter. A reading of zone C or D is none of a machine that is well, and is left out. `null` while it is being learnt.
 */
export function learnBaseline(
  state: LearntBaseline,
  value: number,
  { readings, isWell }: { readonly readings: number; readonly isWell: boolean },
): number | null {
  if (state.baseline !== undefined) return state.baseline;
  if (!isWell) return null;
  const seen = state.learning ?? [];
  seen.push(value);
  state.learning = seen;
  if (seen.length < readings) return null;
  const sorted = Float64Array.from(seen).sort();
  state.baseline = (sorted[(readings - 1) >> 1]! + sorted[readings >> 1]!) / 2;
  delete state.learning;
  return null; // the reading that completes it is its own
}
