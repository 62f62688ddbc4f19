import { type AdapterContext, AdapterError, type AdapterModule } from '../../adapter.ts';
import { dialInbox } from '../inbox-link.ts';
import { abortOf, untilOpen } from '../opening.ts';
import type { Published } from '../publish-stream.ts';
import { prepareSession, type Session } from '../session.ts';
import { type HostState, hostState, saysOffline } from './host-state.ts';
import { messageFilters } from './message-topic.ts';
import type { Delivered } from './readings.ts';
import { Address, Config, linkSettings } from './settings.ts';

const TICK_MS = 100;
/** What is still to be stored, and our own death, may take so long after the end. */
const DRAIN_MS = 250;
const GOODBYE_MS = 150;

/**
 * A Sparkplug B host application: follows the births, data and deaths of edge nodes, asks for births that are missing,
 * and says whether it is online. Births and data come with QoS 0: what is lost on the way shows in their numbers.
 */
export const sparkplug: AdapterModule<typeof Config, typeof Address> = {
  kind: 'sparkplug',
  config: Config,
  address: Address,
  dueEveryMs: () => null,

  async prepare() {
    await load(); // protobuf and MQTT: a third of a second that only a plant with Sparkplug pays
  },

  async run(config, bindings, ctx) {
    const { Host, rebirthCommand, commandTopic, MqttClient } = await load();
    const state = hostState(config, ctx.clock.now());
    const filters = [...messageFilters(config.groups), ...(state === null ? [] : [state.topic])];
    const session = withWill(await prepareSession(linkSettings(config), filters), state);
    if (ctx.signal.aborted) return;

    const say = async (text: string) => {
      if (state !== null) await link.publish(state.topic, text, { qos: 1, retain: true });
    };
    let isAnnounced = false;
    const take = ({ topic, payload, retain }: Published) => {
      if (topic !== state?.topic) return count(host.receive({ topic, payload, retain }), ctx);
      // The will of our last connection, or somebody with our id: the edge nodes that wait for us must know better.
      if (isAnnounced && saysOffline(payload)) void say(state.online);
      return [];
    };
    const { link, inbox } = dialInbox(MqttClient, { config, session, ctx, take });
    const host = new Host({
      config,
      bindings,
      clock: ctx.clock,
      lastStored: ctx.lastStored,
      observe: ctx.observe,
      ...(ctx.describe === undefined ? {} : { describe: ctx.describe }),
      requestRebirth: ({ group, edge }) => {
        const command = rebirthCommand(ctx.clock.now());
        void link.publish(commandTopic(group, edge), command, { qos: 0, retain: false });
      },
    });

    const over = new AbortController();
    const ticking = repeat(TICK_MS, { clock: ctx.clock, signal: over.signal }, () => {
      const readings = count(host.tick(), ctx);
      if (readings.length > 0) inbox.put({ messageId: null, readings, bytes: 0 }, () => undefined);
    });
    try {
      const aborted = abortOf(ctx.signal, over.signal);
      const announced = link.open(filters, 1).then(() => say(state?.online ?? ''));
      const ms = await untilOpen(announced, { aborted, broken: link.broken, over: over.signal, config, ctx });
      if (ms !== null) {
        isAnnounced = true;
        host.begin();
        ctx.observe({ ms });
        ctx.connected();
        const end = await Promise.race([aborted, link.broken]);
        await Promise.race([inbox.drain(), ctx.clock.sleep(DRAIN_MS, over.signal)]);
        if (end instanceof AdapterError) {
          const marked = ctx.sink(host.lose()).catch(() => undefined); // log full or closed: counted there
          await Promise.race([marked, ctx.clock.sleep(DRAIN_MS, over.signal)]);
          throw end;
        }
      }
      isAnnounced = false;
      const goodbye = say(state?.offline(ctx.clock.now()) ?? '');
      await Promise.race([goodbye, ctx.clock.sleep(GOODBYE_MS, over.signal)]);
      await link.close('politely');
    } finally {
      over.abort();
      inbox.close();
      await link.close('at once');
      await ticking;
    }
  },

  async probe(config, bindings, _options, ctx) {
    const { probeEdgeNodes, MqttClient } = await load();
    return probeEdgeNodes({ config, bindings, ctx, MqttClient });
  },

  async *discover(config, glob, ctx) {
    const { discoverMetrics, MqttClient } = await load();
    yield* discoverMetrics({ config, bindings: [], ctx, MqttClient }, glob);
  },
};

async function load() {
  const [host, rebirth, ask, { MqttClient }] = await Promise.all([
    import('./host.ts'),
    import('./rebirth.ts'),
    import('./ask.ts'),
    import('mqtt'),
  ]);
  return { ...host, ...rebirth, ...ask, MqttClient };
}

function withWill(session: Session, state: HostState | null): Session {
  if (state === null) return session;
  const will = { topic: state.topic, payload: Buffer.from(state.will), qos: 1 as const, retain: true };
  return { ...session, client: { ...session.client, will } };
}

function count({ readings, discarded }: Delivered, ctx: Pick<AdapterContext, 'discard'>) {
  for (const reason of discarded) ctx.discard(reason, 1);
  return readings;
}

/** Does something again and again until `signal` aborts. */
async function repeat(
  everyMs: number,
  { clock, signal }: Pick<AdapterContext, 'clock' | 'signal'>,
  act: () => void,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal);
    if (!signal.aborted) act();
  }
}
