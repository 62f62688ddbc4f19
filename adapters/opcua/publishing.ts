import type { PublishResponse } from 'node-opcua';
import { type AdapterContext, AdapterError, type EpochMs, type Reading } from '../adapter.ts';
import type { Backfill } from './backfill.ts';
import type { Session } from './connection.ts';
import { type DataChange, KIND } from './data-change.ts';
import { changeOf, hasOverflow, readingAt } from './decode.ts';
import type { EventWatch } from './event-watch.ts';
import { explain } from './explain.ts';
import type { Heard } from './heard.ts';
import type { Library } from './library.ts';
import type { PublicationTap } from './publication-tap.ts';
import type { Config } from './settings.ts';
import type { Subscription } from './subscription.ts';

/** A server that misses this many keep-alives has lost the subscription: some do so without a word. */
const MISSED_KEEP_ALIVES = 3;
/** Two in flight: the server always has one to answer while we store what the other brought. */
const PUBLISH_REQUESTS = 2;

/** The server tells its time each second, or each publish interval when that is longer. */
const CLOCK_MS = 1_000;
const MISSED_CLOCKS = 3;
/** Storing took so long that the server could not tell us its time meanwhile. */
const BUSY_MS = 500;
/** A clock that differs by more is told of, at most once a minute. */
const MAX_SKEW_MS = 5_000;
const TELL_SKEW_MS = 60_000;

/** What the publish loop needs to know. */
export interface PublishOptions {
  readonly library: Library;
  readonly session: Session;
  readonly tap: PublicationTap;
  readonly subscription: Subscription;
  readonly config: Config;
  readonly tagOf: (handle: number) => string | undefined;
  readonly heard: Heard;
  /** Handle under which the server's own time comes; `null` when it does not tell it. */
  readonly clockHandle: number | null;
  readonly backfill: Pick<Backfill, 'heard' | 'lost'>;
  /** `null`: nobody wants to hear of alarms. */
  readonly events: Pick<EventWatch, 'take'> | null;
  readonly ctx: AdapterContext;
  /** Ends the loop. */
  readonly signal: AbortSignal;
}

interface State {
  inFlight: number;
  /** Publish loops that still run: a server may take fewer requests than we offer. */
  loops: number;
  heardAt: number;
  /** When the server last told its time, or we last had no ear for it. */
  clockAt: EpochMs;
  skewToldAt: EpochMs;
  /** Resolves when all batches so far are stored, rejects when one was refused. */
  delivered: Promise<unknown>;
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
    clockAt: options.ctx.clock.now(),
    skewToldAt: Number.NEGATIVE_INFINITY,
    delivered: Promise.resolve(),
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
    const changes = changesOf(options, response);
    const batch = changes.flatMap((change) => readingsOf(options, state, change));
    const receivedAt = ctx.clock.now();
    await Promise.all([
      options.events?.take(response.notificationMessage.notificationData ?? []),
      batch.length > 0 ? deliverInTurn(batch, ctx, state) : null,
    ]);
    if (ctx.clock.now() - receivedAt > BUSY_MS) state.clockAt = ctx.clock.now();
    requireClock(options, state);
    const { notificationData, sequenceNumber } = response.notificationMessage;
    const isKeepAlive = changes.length === 0 && (notificationData ?? []).length === 0;
    if (!isKeepAlive) state.stored.push(sequenceNumber);
  }
}

/**
 * One batch after the other, none after one that was refused: what is stored tells where a gap begins, and it must not
 * begin behind what was lost.
 */
function deliverInTurn(batch: readonly Reading[], ctx: AdapterContext, state: State): Promise<unknown> {
  const turn = state.delivered.then(() => ctx.sink(batch));
  state.delivered = turn;
  return turn;
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

/** The data changes of a response; throws when it says that the subscription has ended. */
function changesOf({ library, tap, config, ctx }: PublishOptions, response: PublishResponse): DataChange[] {
  const publication = tap.claim(response);
  const changes = [...(publication?.changes ?? [])];
  let decoded = 0;
  for (const notification of response.notificationMessage.notificationData ?? []) {
    if (notification instanceof library.DataChangeNotification) {
      const change = changeOf(notification.monitoredItems ?? []);
      decoded += change.length;
      changes.push(change);
    } else if (notification instanceof library.StatusChangeNotification) {
      const reason = notification.status.name;
      throw new AdapterError('connection_lost', `${config.url} ended the subscription: ${reason}`);
    }
  }
  const forgotten = tap.takeForgotten();
  if (forgotten > 0) ctx.discard('unasked', forgotten);
  // The library makes an empty notification of one that it cannot decode.
  const unreadable = publication === null ? 0 : publication.malformed + Math.max(0, publication.unfamiliar - decoded);
  if (unreadable > 0) {
    ctx.discard('malformed', unreadable);
    ctx.observe({ unit: 'publications', code: 'answer_invalid', ms: 0 });
  }
  return changes;
}

function readingsOf(options: PublishOptions, state: State, change: DataChange): Reading[] {
  const { tagOf, heard, backfill, ctx } = options;
  const now = ctx.clock.now();
  const batch: Reading[] = [];
  for (let row = 0; row < change.length; row++) {
    const handle = change.handle[row]!;
    const tag = tagOf(handle);
    if (handle === options.clockHandle) takeClock(options, state, { change, row });
    else if (tag === undefined) ctx.discard('unknown_tag', 1);
    else {
      const reading = readingAt(tag, { change, row }, now);
      backfill.heard(tag, reading.at);
      if (hasOverflow(change.status[row]!)) {
        ctx.observe({ unit: tag, code: 'lost_at_source', ms: 0 });
        backfill.lost(tag, heard.atOf(handle) ?? reading.at, reading.at);
      }
      heard.take(handle, reading, now);
      batch.push(reading);
    }
  }
  return batch;
}

/** Tells of a server whose clock differs from ours, now and then: its readings carry its time. */
function takeClock(
  { config, ctx }: PublishOptions,
  state: State,
  { change, row }: { readonly change: DataChange; readonly row: number },
): void {
  const now = ctx.clock.now();
  state.clockAt = now;
  const time = change.value[row]!;
  if (change.kind[row] !== KIND.time || Number.isNaN(time) || now - state.skewToldAt < TELL_SKEW_MS) return;
  const skewMs = time - now;
  // It was read up to a publish interval ago.
  if (skewMs <= MAX_SKEW_MS && skewMs >= -MAX_SKEW_MS - 2 * config.publish) return;
  state.skewToldAt = now;
  ctx.observe({ unit: 'server clock', code: 'clock_skew', ms: Math.abs(skewMs) });
}

/** Throws when the server answers but has stopped telling its time: it has lost the items, or stands still inside. */
function requireClock({ subscription, config, clockHandle, ctx }: PublishOptions, { clockAt }: State): void {
  if (clockHandle === null) return;
  const quietMs = ctx.clock.now() - clockAt;
  if (quietMs < MISSED_CLOCKS * Math.max(CLOCK_MS, config.publish) + silenceMsOf(subscription)) return;
  const message = `${config.url} answers, but its clock has stood still for ${Math.round(quietMs / 1_000)} s`;
  throw new AdapterError('connection_lost', message);
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
