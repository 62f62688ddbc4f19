import type { AdapterContext, AdapterModule, Binding, Reading } from '../adapter.ts';
import { openBackfill } from './backfill.ts';
import { type Connection, openConnection } from './connection.ts';
import { explain } from './explain.ts';
import { type Library, loadLibrary } from './library.ts';
import { probe } from './probe.ts';
import { publishLoop } from './publishing.ts';
import { readLimits } from './server-limits.ts';
import { Address, Config } from './settings.ts';
import { addItems, createSubscription, type Item, type Refusal, type Subscription } from './subscription.ts';

/** A node the server does not know is asked for again this often: a program may still be starting there. */
const RETRY_REFUSED_MS = 60_000;

/** Subscribes to variables of an OPC UA server; readings carry the source's time and status code. */
export const opcua: AdapterModule<typeof Config, typeof Address> = {
  kind: 'opcua',
  config: Config,
  address: Address,
  dueEveryMs: () => null,

  async prepare() {
    await loadLibrary();
  },

  async run(config, bindings, ctx) {
    const library = await loadLibrary();
    if (ctx.signal.aborted) return;
    try {
      const connection = await openConnection({ library, config, ctx });
      try {
        await Promise.race([deliver({ library, connection, config, bindings, ctx }), connection.lost]);
      } finally {
        await connection.close();
      }
    } catch (error) {
      // Stopping breaks the connection on purpose.
      if (!ctx.signal.aborted) throw error;
    }
  },

  probe,
};

interface Delivery {
  readonly library: Library;
  readonly connection: Connection;
  readonly config: Config;
  readonly bindings: readonly Binding<Address>[];
  readonly ctx: AdapterContext;
}

async function deliver(delivery: Delivery): Promise<void> {
  const { library, connection, config, bindings, ctx } = delivery;
  const { session } = connection;
  const stop = new AbortController();
  const { signal } = stop;
  connection.lost.catch(() => stop.abort()); // it is lost when the service stops, too
  const limits = await explained(config, () => readLimits(library, session));
  const backfill = await openBackfill({ library, session, limits, config, bindings, ctx, signal });
  const items = bindings.map((binding, handle) => ({ handle, binding }));
  const subscription = await explained(config, () => createSubscription(session, config));
  const refusals = await explained(config, () => addItems(library, { session, subscription, config }, items));
  if (signal.aborted) return;
  ctx.connected();
  if (refusals.length > 0) await ctx.sink(refusals.map(({ item, status }) => refusedReading(item, status, ctx)));

  const tagOf = (handle: number) => bindings[handle]?.tag;
  try {
    await Promise.all([
      publishLoop({ library, session, subscription, config, tagOf, backfill, ctx, signal }),
      backfill.run(),
      retryRefused(delivery, { subscription, refusals, signal }),
    ]);
  } finally {
    stop.abort();
  }
}

async function retryRefused(
  { library, connection, config, ctx }: Delivery,
  { subscription, refusals, signal }: { subscription: Subscription; refusals: readonly Refusal[]; signal: AbortSignal },
): Promise<void> {
  const target = { session: connection.session, subscription, config };
  let items = refusals.map(({ item }) => item);
  while (items.length > 0) {
    await ctx.clock.sleep(RETRY_REFUSED_MS, signal);
    if (signal.aborted) return;
    const still = await explained(config, () => addItems(library, target, items));
    items = still.map(({ item }) => item);
  }
}

function refusedReading({ binding }: Item, code: number, ctx: AdapterContext): Reading {
  return { tag: binding.tag, at: ctx.clock.now(), value: null, quality: 'bad', code };
}

async function explained<T>(config: Config, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw explain(error, config, 'subscribing');
  }
}
