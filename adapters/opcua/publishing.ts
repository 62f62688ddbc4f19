import type { DataValue, PublishResponse } from 'node-opcua';
import { type AdapterContext, AdapterError, type EpochMs, type Reading } from '../adapter.ts';
import type { Backfill } from './backfill.ts';
import type { Session } from './connection.ts';
import { decode, hasOverflow } from './decode.ts';
import { explain } from './explain.ts';
import type { Library } from './library.ts';
import type { Config } from './settings.ts';
import type { Subscription } from './subscription.ts';

/** A server that misses this many keep-alives has lost the subscription: some do so without a word. */
const MISSED_KEEP_ALIVES = 3;
/** Two in flight: the server always has one to answer while we store what the other brought. */
const PUBLISH_REQUESTS = 2;

/** What the publish loop needs to know. */
export interface PublishOptions {
  readonly library: Library;
  readonly session: Session;
  readonly subscription: Subscription;
  readonly config: Config;
  readonly tagOf: (handle: number) => string | undefined;
  readonly backfill: Pick<Backfill, 'heard' | 'lost'>;
  readonly ctx: AdapterContext;
  /** Ends the loop. */
  readonly signal: AbortSignal;
}

interface State {
  inFlight: number;
  /** Publish loops that still run: a server may take fewer requests than we offer. */
  loops: number;
  heardAt: number;
  /** Time of the newest value of each tag. */
  readonly newest: Map<string, EpochMs>;
  /** Notifications that are stored, to be acknowledged with the next request. */
  readonly stored: number[];
}

/**
 * Takes what the server publishes and gives it on, until `signal` aborts or it throws. The next request goes out, and
 * the last notification is acknowledged, only when its readings are stored: a full log slows the server down.
 */
export async function publishLoop(options: PublishOptions): Promise<void> {
  const state: State = {
    inFlight: 0,
    loops: PUBLISH_REQUESTS,
    heardAt: options.ctx.clock.now(),
    newest: new Map(),
    stored: [],
  };
  const loops = Array.from({ length: PUBLISH_REQUESTS }, () => takeNotifications(options, state));
  await Promise.all([...loops, watchForSilence(options, state)]);
}

async function takeNotifications(options: PublishOptions, state: State): Promise<void> {
  const { ctx, signal } = options;
  while (!signal.aborted) {
    const response = await publish(options, state);
    if (signal.aborted) return;
    if (response === 'too many') return;
    const { notificationMessage } = response;
    const batch = readingsOf(options, state, notificationMessage.notificationData ?? []);
    if (batch.length > 0) await ctx.sink(batch);
    const isKeepAlive = (notificationMessage.notificationData ?? []).length === 0;
    if (!isKeepAlive) state.stored.push(notificationMessage.sequenceNumber);
  }
}

async function publish(options: PublishOptions, state: State): Promise<PublishResponse | 'too many'> {
  const { library, session, subscription, config, ctx } = options;
  const startedAt = ctx.clock.now();
  if (state.inFlight === 0) state.heardAt = startedAt; // nobody could be heard while nobody was asked
  state.inFlight++;
  const request = new library.PublishRequest({
    requestHeader: { timeoutHint: silenceMsOf(subscription) * (PUBLISH_REQUESTS + 1) },
    subscriptionAcknowledgements: state.stored
      .splice(0)
      .map((sequenceNumber) => ({ subscriptionId: subscription.id, sequenceNumber })),
  });
  try {
    const response = await publishOnce(session, request);
    ctx.observe({ ms: ctx.clock.now() - startedAt });
    return response;
  } catch (error) {
    if (error instanceof Error && /BadTooManyPublishRequests/.test(error.message) && state.loops > 1) {
      state.loops--;
      return 'too many';
    }
    const explained = explain(error, config, 'running');
    if (!options.signal.aborted) ctx.observe({ code: explained.code, ms: ctx.clock.now() - startedAt });
    throw explained;
  } finally {
    state.inFlight--;
    state.heardAt = ctx.clock.now();
  }
}

function publishOnce(session: Session, request: InstanceType<Library['PublishRequest']>): Promise<PublishResponse> {
  return new Promise((resolve, reject) => {
    session.publish(request, (error, response) =>
      response ? resolve(response) : reject(error ?? new Error('no answer')),
    );
  });
}

function readingsOf(options: PublishOptions, state: State, notifications: readonly unknown[]): Reading[] {
  const { library, config } = options;
  const batch: Reading[] = [];
  for (const notification of notifications) {
    if (notification instanceof library.DataChangeNotification) {
      for (const { clientHandle, value } of notification.monitoredItems ?? []) {
        const reading = readingOf(options, state, { handle: clientHandle, value });
        if (reading) batch.push(reading);
      }
    } else if (notification instanceof library.StatusChangeNotification) {
      const reason = notification.status.name;
      throw new AdapterError('connection_lost', `${config.url} ended the subscription: ${reason}`);
    }
  }
  return batch;
}

function readingOf(
  { tagOf, backfill, ctx }: PublishOptions,
  { newest }: State,
  { handle, value }: { handle: number; value: DataValue },
): Reading | null {
  const tag = tagOf(handle);
  if (tag === undefined) {
    ctx.discard('unknown_tag', 1);
    return null;
  }
  const reading = decode(tag, value, ctx.clock.now());
  backfill.heard(tag, reading.at);
  if (hasOverflow(value)) {
    ctx.observe({ unit: tag, code: 'lost_at_source', ms: 0 });
    backfill.lost(tag, newest.get(tag) ?? reading.at, reading.at);
  }
  newest.set(tag, reading.at);
  return reading;
}

/** Throws when the server has not said anything for three keep-alives, although it was asked. */
async function watchForSilence({ subscription, config, ctx, signal }: PublishOptions, state: State): Promise<void> {
  const silenceMs = silenceMsOf(subscription);
  while (!signal.aborted) {
    const quietMs = state.inFlight === 0 ? 0 : ctx.clock.now() - state.heardAt;
    if (quietMs >= silenceMs) {
      const message = `${config.url} has been silent for ${Math.round(quietMs / 1_000)} s`;
      throw new AdapterError('connection_lost', message);
    }
    await ctx.clock.sleep(silenceMs - quietMs, signal);
  }
}

function silenceMsOf({ keepAliveMs }: Subscription): number {
  return MISSED_KEEP_ALIVES * keepAliveMs;
}
