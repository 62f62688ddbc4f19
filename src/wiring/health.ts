import { setImmediate as nextTurn } from 'node:timers/promises';
import { assessHealth } from '../../rules/health/index.ts';
import type { ApiServices } from '../api/services.ts';
import { evidenceOf, type Knowledge, sortAlerts } from '../engine/health-evidence.ts';
import { indexPlant, type PlantIndex } from '../engine/health-index.ts';
import { LearningWatch } from '../engine/learning-rules.ts';
import type { AssetHealth } from '../model/asset-health.ts';
import type { Clock } from '../model/clock.ts';
import type { Plant } from '../model/plant.ts';
import type { Reading } from '../model/reading.ts';
import { listStandingAlerts } from '../store/alerts.ts';
import type { Database } from '../store/database.ts';

export { runHealthWatch } from './health-watch.ts';

/** So many assets take a few milliseconds; then others get their turn. */
const ASSETS_IN_A_TURN = 200;

/** What the health of assets is worked out from. */
export interface HealthOptions {
  readonly database: Database;
  readonly present: () => Plant;
  readonly newestOf: (tag: string) => Reading | null;
  readonly clock: Clock;
}

/** Makes what works out the health of assets, from the plant, the newest readings and the alerts that stand. */
export function createHealth({ database, present, newestOf, clock }: HealthOptions): Pick<ApiServices, 'healthOf'> {
  let indexed: { readonly plant: Plant; readonly index: PlantIndex } | null = null;
  const learners = new LearningWatch();
  const indexOf = (plant: Plant): PlantIndex => {
    if (indexed?.plant !== plant) indexed = { plant, index: indexPlant(plant) };
    return indexed.index;
  };
  return {
    healthOf: async (assets) => {
      const plant = present();
      const index = indexOf(plant);
      const all = withParts(assets, index);
      const alerts = sortAlerts(await listStandingAlerts(database, all));
      const at = clock.now();
      const learning = await learners.find(database, plant, at);
      const known: Knowledge = { index, at, newestOf, learning, ...alerts };
      const healths = new Map<string, AssetHealth>();
      // Parts come before what they are parts of.
      for (const [i, asset] of all.entries()) {
        if (i % ASSETS_IN_A_TURN === ASSETS_IN_A_TURN - 1) await nextTurn();
        const parts = (index.partsOf.get(asset) ?? []).flatMap((part) => healths.get(part) ?? []);
        healths.set(asset, assessHealth(evidenceOf(asset, known), parts));
      }
      return assets.flatMap((asset) => healths.get(asset) ?? []);
    },
  };
}

/** Assets and all their parts, each once, parts first. */
function withParts(assets: readonly string[], { partsOf }: PlantIndex): readonly string[] {
  const found = new Set<string>();
  const add = (asset: string): void => {
    if (found.has(asset)) return;
    for (const part of partsOf.get(asset) ?? []) add(part);
    found.add(asset);
  };
  for (const asset of assets) add(asset);
  return [...found];
}
