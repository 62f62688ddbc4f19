import type { MonitoredItemCreateRequestOptions, MonitoredItemCreateResult, NodeId } from 'node-opcua';
import { type Binding, StatusCode } from '../adapter.ts';
import type { Session } from './connection.ts';
import type { Library } from './library.ts';
import { parseNodeId, readNamespaces } from './node-ids.ts';
import { chunksOf, type ServerLimits } from './server-limits.ts';
import type { Address, Config } from './settings.ts';

/** A server that has nothing to say must say so this often. */
const KEEP_ALIVE_MS = 3_000;
/** How long a server keeps the subscription while we have no room for more readings. */
const LIFETIME_MS = 60_000;
/** The server queues the samples of this many publish intervals while the network or the log stalls. */
const QUEUED_INTERVALS = 10;
const MIN_QUEUE = 10;
/** A source that reports each change (sampling 0) is reckoned as fast as this. */
const FASTEST_SAMPLING_MS = 10;
/** Bounds one answer to about 400 kB. */
const MAX_NOTIFICATIONS = 10_000;
/** The server's own time is asked for this often, or with each publication. */
const CLOCK_MS = 1_000;
/** A filter that the server does not know, does not allow on this variable or finds wrong (OPC UA Part 4 §7.39). */
export const FILTER_REFUSED: ReadonlySet<number> = new Set([0x80430000, 0x80440000, 0x80450000, 0x808e0000]);

/** A subscription as the server made it. */
export interface Subscription {
  readonly id: number;
  /** A healthy server is never silent for longer. */
  readonly keepAliveMs: number;
}

/** A tag the server does not take, with its reason as a status code. */
export interface Refusal {
  readonly item: Item;
  readonly status: number;
}

/** A binding and the handle under which its values arrive. */
export interface Item {
  readonly handle: number;
  readonly binding: Binding<Address>;
}

/** Makes an empty subscription. */
export async function createSubscription(session: Session, config: Config): Promise<Subscription> {
  const keepAliveCount = Math.ceil(KEEP_ALIVE_MS / config.publish);
  const created = await session.createSubscription({
    requestedPublishingInterval: config.publish,
    requestedMaxKeepAliveCount: keepAliveCount,
    // The specification asks for at least three times the keep-alive count.
    requestedLifetimeCount: Math.max(3 * keepAliveCount, Math.ceil(LIFETIME_MS / config.publish)),
    maxNotificationsPerPublish: MAX_NOTIFICATIONS,
    publishingEnabled: true,
    priority: 1,
  });
  const keepAliveMs = created.revisedPublishingInterval * created.revisedMaxKeepAliveCount;
  return { id: created.subscriptionId, keepAliveMs };
}

/** Where items are added. */
export interface Target {
  readonly library: Library;
  readonly session: Session;
  readonly subscription: Subscription;
  readonly limits: ServerLimits;
  readonly config: Config;
}

/** What the server made of items. */
export interface Added {
  /** Its number of each item it took, by handle. */
  readonly taken: ReadonlyMap<number, number>;
  /** One bad node id is one refusal, the rest go on. */
  readonly refusals: readonly Refusal[];
  /** Taken, but without the deadband that was asked for. */
  readonly withoutDeadband: readonly Item[];
}

/** Adds items to a subscription. A server that refuses a deadband is asked again without. */
export async function addItems(target: Target, items: readonly Item[]): Promise<Added> {
  const { library, session } = target;
  const namespaces = await readNamespaces(library, session);
  const refusals: Refusal[] = [];
  const known: Resolved[] = [];
  for (const item of items) {
    const nodeId = parseNodeId(library, item.binding.address.nodeId, namespaces);
    if (nodeId) known.push({ item, nodeId });
    else refusals.push({ item, status: StatusCode.badNodeIdUnknown });
  }
  const taken = new Map<number, number>();
  const refused = await create(target, { known, taken, deadband: 'as asked' });
  const unfiltered = refused.filter(({ item, status }) => FILTER_REFUSED.has(status) && hasDeadband(item));
  refusals.push(...refused.filter((refusal) => !unfiltered.includes(refusal)));
  if (unfiltered.length > 0) refusals.push(...(await create(target, { known: unfiltered, taken, deadband: 'none' })));
  const withoutDeadband = unfiltered.map(({ item }) => item).filter(({ handle }) => taken.has(handle));
  return { taken, refusals, withoutDeadband };
}

/** Takes items off a subscription, by the server's numbers; one it no longer knows is no error. */
export async function removeItems({ session, subscription, limits }: Target, ids: readonly number[]): Promise<void> {
  for (const chunk of chunksOf(ids, limits.items)) {
    await session.deleteMonitoredItems({ subscriptionId: subscription.id, monitoredItemIds: [...chunk] });
  }
}

/** Adds the server's own time as an item, so that it always has something to say; `false` when the server refuses. */
export async function addClock(
  { library, session, subscription, config }: Target,
  clientHandle: number,
): Promise<boolean> {
  const nodeId = library.makeNodeId(library.VariableIds.Server_ServerStatus_CurrentTime);
  const results = await createItems(library, session, {
    subscription,
    items: [
      {
        itemToMonitor: { nodeId, attributeId: library.AttributeIds.Value },
        monitoringMode: library.MonitoringMode.Reporting,
        requestedParameters: {
          clientHandle,
          samplingInterval: Math.max(CLOCK_MS, config.publish),
          queueSize: 1,
          discardOldest: true,
        },
      },
    ],
  });
  return results !== 'too many' && results[0]?.statusCode.isGood() === true;
}

interface Resolved {
  readonly item: Item;
  readonly nodeId: NodeId;
}

/** Creates items in requests the server can take; those it took go to `taken`, the others are returned. */
async function create(
  { library, session, subscription, limits, config }: Target,
  order: { readonly known: readonly Resolved[]; readonly taken: Map<number, number>; readonly deadband: Deadband },
): Promise<(Refusal & Resolved)[]> {
  const { known, taken, deadband } = order;
  const refused: (Refusal & Resolved)[] = [];
  let perRequest = limits.items;
  for (let first = 0; first < known.length; ) {
    const chunk = known.slice(first, first + perRequest);
    const results = await createItems(library, session, {
      subscription,
      items: chunk.map((one) => itemOf(library, config, { ...one, deadband })),
    });
    if (results === 'too many' && chunk.length > 1) {
      perRequest = Math.ceil(chunk.length / 2);
      continue;
    }
    chunk.forEach((one, i) => {
      const result = results === 'too many' ? undefined : results[i];
      if (result?.statusCode.isGood()) taken.set(one.item.handle, result.monitoredItemId);
      else refused.push({ ...one, status: result?.statusCode.value ?? StatusCode.badConfigurationError });
    });
    first += chunk.length;
  }
  return refused;
}

type Deadband = 'as asked' | 'none';

function hasDeadband({ binding: { address } }: Item): boolean {
  return address.deadband !== undefined || address.deadbandPercent !== undefined;
}

function itemOf(library: Library, config: Config, { item, nodeId, deadband }: Resolved & { deadband: Deadband }) {
  const { address } = item.binding;
  const samplingInterval = address.sampling ?? config.sampling ?? config.publish / 2;
  return {
    itemToMonitor: { nodeId, attributeId: library.AttributeIds.Value },
    monitoringMode: library.MonitoringMode.Reporting,
    requestedParameters: {
      clientHandle: item.handle,
      samplingInterval,
      queueSize: Math.max(
        MIN_QUEUE,
        Math.ceil((QUEUED_INTERVALS * config.publish) / Math.max(samplingInterval, FASTEST_SAMPLING_MS)),
      ),
      discardOldest: true,
      ...filterOf(library, config, deadband === 'none' ? {} : address),
    },
  };
}

/** Some servers know no filter at all; the default trigger without a deadband needs none. */
function filterOf(
  library: Library,
  { trigger }: Config,
  { deadband, deadbandPercent }: { readonly deadband?: number; readonly deadbandPercent?: number },
) {
  const { DataChangeFilter, DataChangeTrigger, DeadbandType } = library;
  const value = deadbandPercent ?? deadband ?? 0;
  if (trigger === 'value' && value === 0) return {};
  const kind = deadbandPercent === undefined ? DeadbandType.Absolute : DeadbandType.Percent;
  return {
    filter: new DataChangeFilter({
      trigger: trigger === 'value' ? DataChangeTrigger.StatusValue : DataChangeTrigger.StatusValueTimestamp,
      deadbandType: value === 0 ? DeadbandType.None : kind,
      deadbandValue: value,
    }),
  };
}

/** Creates items in one request; its answers in their order. */
export async function createItems(
  library: Library,
  session: Session,
  { subscription, items }: { subscription: Subscription; items: MonitoredItemCreateRequestOptions[] },
): Promise<readonly MonitoredItemCreateResult[] | 'too many'> {
  try {
    const response = await session.createMonitoredItems({
      subscriptionId: subscription.id,
      timestampsToReturn: library.TimestampsToReturn.Both,
      itemsToCreate: items,
    });
    return response.results ?? [];
  } catch (error) {
    if (error instanceof Error && /BadTooManyOperations/.test(error.message)) return 'too many';
    throw error;
  }
}
