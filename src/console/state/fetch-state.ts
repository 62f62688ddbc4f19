import { batch } from '@preact/signals';
import type { Client } from '../link/client.ts';
import type { PlantState } from './plant-state.ts';

const MAX_ACTIVE_ALERTS = 500;
const RECENT_ALERTS = 50;
const RECENT_DELIVERIES = 200;

/** Fetches everything the page shows and puts it into the state in one step. Throws `RequestError`, leaving the state as it was. */
export async function fetchState(client: Client, state: PlantState): Promise<void> {
  const [plant, assets, tags, active, recent, workOrders, deliveries, sources] = await Promise.all([
    client.plant(),
    client.assets(),
    client.tags(),
    client.alerts('active', MAX_ACTIVE_ALERTS),
    client.alerts('all', RECENT_ALERTS),
    client.workOrders(),
    client.deliveries(RECENT_DELIVERIES),
    client.sources(),
  ]);
  batch(() => {
    state.plant.value = plant;
    state.assets.value = assets;
    state.tags.value = new Map(tags.map((tag) => [tag.name, tag]));
    state.alerts.value = byId([...recent, ...active]);
    state.workOrders.value = byId(workOrders);
    state.deliveries.value = byId([...deliveries].reverse()); // oldest first: the oldest are forgotten first
    state.sources.value = byId(sources);
    state.live.seed(tags);
    state.isLoaded.value = true;
    state.fetches.value += 1;
  });
}

function byId<T extends { readonly id: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}
