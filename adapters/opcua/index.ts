import { type AdapterContext, type AdapterModule, type Binding, sayingBadForTexts } from '../adapter.ts';
import { openBackfill } from './backfill.ts';
import { type Connection, openConnection } from './connection.ts';
import { discover } from './discover.ts';
import { eventsOf } from './event-settings.ts';
import { openEventWatch } from './event-watch.ts';
import { explain } from './explain.ts';
import { Gaps } from './gaps.ts';
import { Heard } from './heard.ts';
import { createItemList, type ItemList } from './item-list.ts';
import { watchItems } from './item-watch.ts';
import { type Library, loadLibrary } from './library.ts';
import { probe } from './probe.ts';
import { publishLoop } from './publishing.ts';
import { readLimits } from './server-limits.ts';
import { Address, Config } from './settings.ts';
import { createSubscription } from './subscription.ts';

/** A node the server does not know is asked for again this often: a program may still be starting there. */
const RETRY_REFUSED_MS = 60_000;

const READABLE = 'the password is sent readable, as allowInsecure: true says: everybody on the network can learn it';

/** Subscribes to variables of an OPC UA server; readings carry the source's time and status code. */
export const opcua: AdapterModule<typeof Config, typeof Address> = {
  kind: 'opcua',
  config: Config,
  address: Address,
  dueEveryMs: () => null,

  async prepare() {
    await loadLibrary();
  },

  async run(config, bindings, context) {
    const ctx = sayingBadForTexts(context);
    const library = await loadLibrary();
    if (ctx.signal.aborted) return;
    try {
      const connection = await openConnection({ library, config, ctx });
      const gaps = await Gaps.open(ctx.directory);
      if (connection.password === 'readable') ctx.warn?.(READABLE);
      try {
        await Promise.race([deliver({ library, connection, config, bindings, gaps, ctx }), connection.lost]);
      } finally {
        await connection.close();
        await gaps.save();
      }
    } catch (error) {
      // Stopping breaks the connection on purpose.
      if (!ctx.signal.aborted) throw error;
    }
  },

  probe,
  discover,
};

interface Delivery {
  readonly library: Library;
  readonly connection: Connection;
  readonly config: Config;
  readonly bindings: readonly Binding<Address>[];
  readonly gaps: Gaps;
  readonly ctx: AdapterContext;
}

async function deliver({ library, connection, config, bindings, gaps, ctx }: Delivery): Promise<void> {
  const { session, tap } = connection;
  const stop = new AbortController();
  const { signal } = stop;
  connection.lost.catch(() => stop.abort()); // it is lost when the service stops, too
  const limits = await explained(config, () => readLimits(library, session));
  const backfill = await openBackfill({ library, session, limits, config, bindings, gaps, ctx, signal });
  const subscription = await explained(config, () => createSubscription(session, config));
  const items = createItemList({ library, session, subscription, limits, config }, bindings, ctx);
  const clockHandle = bindings.length;
  const hasClock = await explained(config, () => items.addClock(clockHandle));
  await explained(config, () => items.add(bindings.map((_, handle) => handle)));
  const settings = eventsOf(config.events);
  const watch = { library, session, subscription, config, bindings, clientHandle: clockHandle + 1, ctx, signal };
  const events = settings && (await explained(config, () => openEventWatch({ ...watch, settings })));
  if (!settings) await ctx.event({ kind: 'standing', keys: [] }); // alarms of a time when they were wanted end
  if (signal.aborted) return;
  ctx.connected();
  await items.tellRefused();

  const heard = new Heard(bindings.length, ctx.clock.now());
  const shared = { library, session, config, heard, ctx, signal };
  const tagOf = (handle: number) => bindings[handle]?.tag;
  try {
    await Promise.all([
      publishLoop({
        ...shared,
        tap,
        subscription,
        tagOf,
        backfill,
        events,
        clockHandle: hasClock ? clockHandle : null,
      }),
      backfill.run(),
      events?.run(),
      retryRefused(items, { config, ctx, signal }),
      explained(config, () => watchItems({ ...shared, limits, bindings, isTaken: items.isTaken, renew: items.renew })),
    ]);
  } finally {
    stop.abort();
  }
}

async function retryRefused(
  items: ItemList,
  { config, ctx, signal }: { config: Config; ctx: AdapterContext; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await ctx.clock.sleep(RETRY_REFUSED_MS, signal);
    if (!signal.aborted) await explained(config, items.retryRefused);
  }
}

async function explained<T>(config: Config, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(error, config, 'subscribing');
  }
}
