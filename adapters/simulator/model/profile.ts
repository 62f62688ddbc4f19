/** A value over time as straight lines between points; constant before the first and after the last. */
export type Profile = readonly (readonly [atMs: number, value: number])[];

/** Reads a profile at one moment. An empty profile is 0. */
export function valueAt(profile: Profile, atMs: number): number {
  let before: readonly [number, number] | undefined;
  for (const point of profile) {
    if (point[0] > atMs) return before === undefined ? point[1] : between(before, point, atMs);
    before = point;
  }
  return before === undefined ? 0 : before[1];
}

/** Says whether a profile rises, falls or holds at one moment: a machine's run-up and run-down. */
export function directionAt(profile: Profile, atMs: number): 'rising' | 'falling' | 'steady' {
  const change = valueAt(profile, atMs + 1) - valueAt(profile, atMs);
  if (change === 0) return 'steady';
  return change > 0 ? 'rising' : 'falling';
}

function between(from: readonly [number, number], to: readonly [number, number], atMs: number): number {
  return from[1] + ((to[1] - from[1]) * (atMs - from[0])) / (to[0] - from[0]);
}
