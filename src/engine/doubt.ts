import type { WatchState } from './carriers.ts';

/**
 * Ties what is said about instruments to what is said about machines: each machine watch learns which watches judge the
 * instruments that it reads, and each of those who hangs on it. Those of a tag judge before the machine does.
 */
export function tieDoubts(watches: readonly WatchState[], readsOf: (watch: WatchState) => ReadonlySet<string>): void {
  const instruments = new Map<string, WatchState[]>();
  for (const state of watches) {
    if (state.watch.kind !== 'instrument') continue;
    for (const { name, watchers } of doubted(state)) {
      instruments.set(name, [...(instruments.get(name) ?? []), state]);
      watchers.sort((a, b) => rank(a) - rank(b));
    }
  }
  if (instruments.size === 0) return;
  for (const state of watches) {
    if (state.watch.kind !== 'machine') continue;
    for (const name of readsOf(state)) {
      for (const instrument of instruments.get(name) ?? []) {
        state.instruments.push(instrument);
        instrument.dependants.push(state);
      }
    }
  }
}

/** Of several tags that are judged together the first is the instrument; the others only testify. */
function doubted({ tags, join }: WatchState): WatchState['tags'] {
  return join === null ? tags : tags.slice(0, 1);
}

/** True while something is wrong with an instrument that the watch reads: what it says of the machine is not known. */
export function isInDoubt({ instruments }: WatchState): boolean {
  return instruments.length > 0 && instruments.some(isActive);
}

/** True from the first sign on, before any on-delay is over: the machine must not be judged by that reading, either. */
export function isActive({ memory, parked }: WatchState): boolean {
  if (parked !== null || memory.awaitsReset) return false;
  return memory.state === 'pending' || memory.state === 'unacknowledged' || memory.state === 'acknowledged';
}

function rank({ watch }: WatchState): number {
  return watch.kind === 'instrument' ? 0 : 1;
}
