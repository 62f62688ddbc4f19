import type { Client } from '../link/client.ts';
import type { PlantState } from './plant-state.ts';
import { tileTags } from './tile-tags.ts';

/** How much of the past a tile shows. */
export const TREND_SPAN_MS = 5 * 60_000;

const CONCURRENT_LOADS = 4;
/** At most so many tags get a past; the trends of the rest grow from live readings. */
const MAX_LOADED_TAGS = 200;
const TREND_POINTS = 200;

/** Fetches the last minutes of the values on the tiles, a few requests at a time. Never throws: a missing trend is shown as one. */
export async function loadTrends(client: Client, state: PlantState): Promise<void> {
  const fetches = state.fetches.peek();
  const tags = state.tags.peek();
  const waiting = state.assets
    .peek()
    .flatMap((asset) =>
      tileTags(
        asset.tags.flatMap((name) => tags.get(name) ?? []),
        [],
      ),
    )
    .slice(0, MAX_LOADED_TAGS);

  async function work(): Promise<void> {
    // A newer fetch starts its own round; this one would only load the same again.
    for (let tag = waiting.shift(); tag !== undefined && fetches === state.fetches.peek(); tag = waiting.shift()) {
      const toMs = Date.now();
      try {
        const points = await client.readings(tag.name, { fromMs: toMs - TREND_SPAN_MS, toMs, maxPoints: TREND_POINTS });
        const live = state.live.of(tag.name);
        live.recent.load(points);
        live.revision.value += 1;
      } catch (error) {
        state.trouble.value = error instanceof Error ? error.message : 'Past readings could not be loaded.';
        return;
      }
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT_LOADS }, work));
}
