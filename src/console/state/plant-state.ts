import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { Alert, Asset, Delivery, Plant, Session, Source, Tag, WorkOrder } from '../api.generated.ts';
import type { Link } from '../link/live.ts';
import { type PlantClock, plantClock } from '../text/time-text.ts';
import { activeAlerts, clearedAlerts } from './alert-order.ts';
import { createLiveTags, type LiveTags } from './live-tags.ts';
import type { Route } from './route.ts';

/** Everything the page shows, as signals: what changes redraws exactly what reads it. One per page, handed down by context. */
export interface PlantState {
  /** `undefined` until the service was asked, `null` when nobody is signed in. */
  readonly session: Signal<Session | null | undefined>;
  readonly link: Signal<Link>;
  /** Since when the page is not live; `null` while it is. */
  readonly notLiveSinceMs: Signal<number | null>;
  /** True once the plant was fetched completely. */
  readonly isLoaded: Signal<boolean>;
  /** What went wrong last, fit to be shown; `null` when nothing. */
  readonly trouble: Signal<string | null>;
  readonly plant: Signal<Plant | null>;
  readonly assets: Signal<readonly Asset[]>;
  readonly tags: Signal<ReadonlyMap<string, Tag>>;
  readonly alerts: Signal<ReadonlyMap<string, Alert>>;
  readonly workOrders: Signal<ReadonlyMap<string, WorkOrder>>;
  readonly deliveries: Signal<ReadonlyMap<string, Delivery>>;
  readonly sources: Signal<ReadonlyMap<string, Source>>;
  readonly live: LiveTags;
  readonly route: Signal<Route>;
  /** The alert that `j` and `k` moved to. */
  readonly selectedAlert: Signal<string | null>;
  /** Acknowledgements under way (`sending`) or refused (the reason), by alert id. */
  readonly acknowledging: Signal<ReadonlyMap<string, string>>;
  /** Resets of latched alerts, the same way. */
  readonly resetting: Signal<ReadonlyMap<string, string>>;
  /** What is done about jobs, the same way, by work order id. */
  readonly acting: Signal<ReadonlyMap<string, string>>;
  /** The sentence read out to people who do not see the page. */
  readonly announcement: Signal<string>;
  /** Ticks once a second. */
  readonly nowMs: Signal<number>;
  /** Counts complete fetches; what was loaded before the last one may have a hole. */
  readonly fetches: Signal<number>;

  readonly clock: ReadonlySignal<PlantClock>;
  /** Worst first. */
  readonly active: ReadonlySignal<readonly Alert[]>;
  /** The newest few, last cleared first. */
  readonly cleared: ReadonlySignal<readonly Alert[]>;
  readonly activeByAsset: ReadonlySignal<ReadonlyMap<string, readonly Alert[]>>;
  /** Newest first. */
  readonly deliveriesByAlert: ReadonlySignal<ReadonlyMap<string, readonly Delivery[]>>;
}

/** How many alerts that are over the page still lists. */
const CLEARED_SHOWN = 10;

/** Makes the state of a page that knows nothing yet. */
export function createPlantState(nowMs: number, route: Route): PlantState {
  const plant = signal<Plant | null>(null);
  const alerts = signal<ReadonlyMap<string, Alert>>(new Map());
  const deliveries = signal<ReadonlyMap<string, Delivery>>(new Map());
  const active = computed(() => activeAlerts(alerts.value.values()));
  const timezone = computed(() => plant.value?.timezone ?? 'UTC');
  return {
    session: signal<Session | null | undefined>(undefined),
    link: signal<Link>('connecting'),
    notLiveSinceMs: signal<number | null>(null),
    isLoaded: signal(false),
    trouble: signal<string | null>(null),
    plant,
    assets: signal<readonly Asset[]>([]),
    tags: signal<ReadonlyMap<string, Tag>>(new Map()),
    alerts,
    workOrders: signal<ReadonlyMap<string, WorkOrder>>(new Map()),
    deliveries,
    sources: signal<ReadonlyMap<string, Source>>(new Map()),
    live: createLiveTags(),
    route: signal(route),
    selectedAlert: signal<string | null>(null),
    acknowledging: signal<ReadonlyMap<string, string>>(new Map()),
    resetting: signal<ReadonlyMap<string, string>>(new Map()),
    acting: signal(new Map()),
    announcement: signal(''),
    nowMs: signal(nowMs),
    fetches: signal(0),
    clock: computed(() => plantClock(timezone.value)),
    active,
    cleared: computed(() => clearedAlerts(alerts.value.values(), CLEARED_SHOWN)),
    activeByAsset: computed(() => groupBy(active.value, (alert) => alert.asset)),
    deliveriesByAlert: computed(() => {
      const newestFirst = [...deliveries.value.values()].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
      return groupBy(newestFirst, (delivery) => delivery.alert);
    }),
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | null): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === null) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
