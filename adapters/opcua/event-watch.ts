import type { AdapterContext, Binding } from '../adapter.ts';
import { type ConditionContext, conditionOf } from './condition.ts';
import { ConditionBook, MAX_REMEMBERED } from './condition-book.ts';
import type { Session } from './connection.ts';
import { type EventFields, eventFilter, nodeIdOf, readFields } from './event-fields.ts';
import type { Events } from './event-settings.ts';
import { explain } from './explain.ts';
import type { Library } from './library.ts';
import { parseNodeId, readNamespaces } from './node-ids.ts';
import type { Address, Config } from './settings.ts';
import { createItems, FILTER_REFUSED, type Subscription } from './subscription.ts';

/** The server keeps this many events for us; a burst beyond it is made good by another refresh. */
const QUEUED_EVENTS = 10_000;
/** A refresh that was refused, or of which no end came, is asked for again after this long. */
const REFRESH_AGAIN_MS = 30_000;
/** Two refreshes are at least this far apart: a server whose queue is too small would be asked without end. */
const REFRESH_PAUSE_MS = 5_000;

/** Hears of the alarms of a server. */
export interface EventWatch {
  /** Gives on what a publication holds of events; resolves when it is durable. */
  take(notifications: readonly unknown[]): Promise<unknown>;
  /** Asks how all alarms stand, now and whenever that is no longer known, until the signal aborts. */
  run(): Promise<void>;
}

/** What a watch works on. */
export interface EventWatchOptions {
  readonly library: Library;
  readonly session: Session;
  readonly subscription: Subscription;
  readonly config: Config;
  readonly settings: Events;
  readonly bindings: readonly Binding<Address>[];
  /** Under which the events arrive. */
  readonly clientHandle: number;
  readonly ctx: AdapterContext;
  readonly signal: AbortSignal;
}

/** Watches the events of a server; `null` when it has none. */
export async function openEventWatch(options: EventWatchOptions): Promise<EventWatch | null> {
  const { library, session, settings, bindings, ctx } = options;
  const refusal = await addEventItem(options);
  if (refusal !== null) {
    ctx.warn?.(`the server does not report alarms (${refusal}): none of them becomes an alert`);
    return null;
  }
  const namespaces = await readNamespaces(library, session);
  const tagsByNode = new Map(
    bindings.flatMap(({ tag, address }) => {
      const node = parseNodeId(library, address.nodeId, namespaces);
      return node ? [[node.toString(), tag] as const] : [];
    }),
  );
  return createWatch(options, { library, settings, namespaces, tagsByNode });
}

function createWatch(options: EventWatchOptions, context: ConditionContext): EventWatch {
  const { library, clientHandle, ctx, signal } = options;
  const book = new ConditionBook();
  let isKnown = false;
  let wake = () => {};

  const take = (fields: EventFields): Promise<unknown> | null => {
    const step = refreshStep(library, fields);
    switch (step) {
      case 'start':
        book.begin();
        return null;
      case 'end': {
        const standing = book.end();
        if (standing === null) return null;
        isKnown = true; // also when they are too many: the next answer would be no shorter
        wake();
        if (standing !== 'too many') return ctx.event(standing);
        ctx.warn?.(`more than ${MAX_REMEMBERED} of its alarms stand: one that ended while we were away stays`);
        return null;
      }
      case 'required':
      case 'lost':
        if (step === 'lost') ctx.observe({ unit: 'alarms', code: 'lost_at_source', ms: 0 });
        book.lose();
        isKnown = false;
        wake();
        return null;
      case null: {
        const told = conditionOf(fields, context);
        const said = told && book.take(told);
        return said && ctx.event(said);
      }
    }
  };

  return {
    take: (notifications) => {
      const work = notifications
        .flatMap((each) => (each instanceof library.EventNotificationList ? (each.events ?? []) : []))
        .filter((event) => event.clientHandle === clientHandle)
        .map(({ eventFields }) => take(readFields(eventFields ?? [])));
      return Promise.all(work);
    },
    run: async () => {
      while (!signal.aborted) {
        if (!isKnown) await refresh(options);
        if (signal.aborted) return;
        await untilWoken(isKnown ? null : REFRESH_AGAIN_MS);
        if (!isKnown) await ctx.clock.sleep(REFRESH_PAUSE_MS, signal);
      }
    },
  };

  async function untilWoken(atMostMs: number | null): Promise<void> {
    const pause = new AbortController();
    const stop = () => pause.abort();
    wake = stop;
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    if (atMostMs !== null) await ctx.clock.sleep(atMostMs, pause.signal);
    else if (!pause.signal.aborted) await new Promise((resolve) => pause.signal.addEventListener('abort', resolve));
    signal.removeEventListener('abort', stop);
  }
}

/** Asks for an event of each condition that is retained (OPC UA Part 9 §5.5.7); its answer comes as events. */
async function refresh({ library, session, subscription, config, ctx, signal }: EventWatchOptions): Promise<void> {
  const startedAt = ctx.clock.now();
  try {
    const { statusCode } = await session.call({
      objectId: library.makeNodeId(library.ObjectTypeIds.ConditionType),
      methodId: library.makeNodeId(library.MethodIds.ConditionType_ConditionRefresh),
      inputArguments: [{ dataType: library.DataType.UInt32, value: subscription.id }],
    });
    const code = statusCode.isGood() ? {} : { code: 'refresh_refused' };
    ctx.observe({ unit: 'alarms', ms: ctx.clock.now() - startedAt, ...code });
    if (statusCode.isNotGood()) {
      ctx.warn?.(
        `the server does not say how its alarms stand (${statusCode.name}): an alarm that ended while we were away stays`,
      );
    }
  } catch (error) {
    if (!signal.aborted) throw explain(error, config, 'running');
  }
}

/** Adds the item; why the server refused it, `null` when it did not. */
async function addEventItem({
  library,
  session,
  subscription,
  clientHandle,
}: EventWatchOptions): Promise<string | null> {
  for (const which of ['conditions', 'all'] as const) {
    const results = await createItems(library, session, {
      subscription,
      items: [
        {
          itemToMonitor: {
            nodeId: library.makeNodeId(library.ObjectIds.Server),
            attributeId: library.AttributeIds.EventNotifier,
          },
          monitoringMode: library.MonitoringMode.Reporting,
          requestedParameters: {
            clientHandle,
            samplingInterval: 0,
            queueSize: QUEUED_EVENTS,
            discardOldest: true,
            filter: eventFilter(library, which),
          },
        },
      ],
    });
    const status = results === 'too many' ? undefined : results[0]?.statusCode;
    if (status?.isGood()) return null;
    // A server that knows no choice of events sends all of them, and the choice is made here.
    if (which === 'all' || !status || !FILTER_REFUSED.has(status.value)) return status?.name ?? 'no answer';
  }
  return null;
}

function refreshStep(library: Library, { eventType }: EventFields): 'start' | 'end' | 'required' | 'lost' | null {
  const { ObjectTypeIds } = library;
  const type = nodeIdOf(library, eventType);
  if (type?.namespace !== 0) return null;
  switch (type.value) {
    case ObjectTypeIds.RefreshStartEventType:
      return 'start';
    case ObjectTypeIds.RefreshEndEventType:
      return 'end';
    case ObjectTypeIds.RefreshRequiredEventType:
      return 'required';
    case ObjectTypeIds.EventQueueOverflowEventType:
      return 'lost';
    default:
      return null;
  }
}
