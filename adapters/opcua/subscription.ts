import type { MonitoredItemCreateResult, NodeId } from 'node-opcua';
import { type Binding, StatusCode } from '../adapter.ts';
import type { Session } from './connection.ts';
import type { Library } from './library.ts';
import { parseNodeId, readNamespaces } from './node-ids.ts';
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
const ITEMS_PER_REQUEST = 1_000;

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

/** Adds items to a subscription; one bad node id is one refusal, the rest go on. */
export async function addItems(
  library: Library,
  { session, subscription, config }: { session: Session; subscription: Subscription; config: Config },
  items: readonly Item[],
): Promise<Refusal[]> {
  const namespaces = await readNamespaces(library, session);
  const refusals: Refusal[] = [];
  const known: { item: Item; nodeId: NodeId }[] = [];
  for (const item of items) {
    const nodeId = parseNodeId(library, item.binding.address.nodeId, namespaces);
    if (nodeId) known.push({ item, nodeId });
    else refusals.push({ item, status: StatusCode.badNodeIdUnknown });
  }
  let perRequest = ITEMS_PER_REQUEST;
  for (let first = 0; first < known.length; ) {
    const chunk = known.slice(first, first + perRequest);
    const results = await createItems(library, session, {
      subscription,
      items: chunk.map(({ item, nodeId }) => itemOf(library, config, item.handle, nodeId)),
    });
    if (results === 'too many' && chunk.length > 1) {
      perRequest = Math.ceil(chunk.length / 2);
      continue;
    }
    chunk.forEach(({ item }, i) => {
      const status = results === 'too many' ? undefined : results[i]?.statusCode;
      if (!status?.isGood()) refusals.push({ item, status: status?.value ?? StatusCode.badConfigurationError });
    });
    first += chunk.length;
  }
  return refusals;
}

function itemOf(library: Library, config: Config, clientHandle: number, nodeId: NodeId) {
  const samplingInterval = config.sampling ?? config.publish / 2;
  const { DataChangeTrigger, DeadbandType } = library;
  return {
    itemToMonitor: { nodeId, attributeId: library.AttributeIds.Value },
    monitoringMode: library.MonitoringMode.Reporting,
    requestedParameters: {
      clientHandle,
      samplingInterval,
      queueSize: Math.max(
        MIN_QUEUE,
        Math.ceil((QUEUED_INTERVALS * config.publish) / Math.max(samplingInterval, FASTEST_SAMPLING_MS)),
      ),
      discardOldest: true,
      // Some servers know no filter at all; the default trigger needs none.
      ...(config.trigger === 'value'
        ? {}
        : {
            filter: new library.DataChangeFilter({
              trigger: DataChangeTrigger.StatusValueTimestamp,
              deadbandType: DeadbandType.None,
              deadbandValue: 0,
            }),
          }),
    },
  };
}

async function createItems(
  library: Library,
  session: Session,
  { subscription, items }: { subscription: Subscription; items: ReturnType<typeof itemOf>[] },
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
