import { hostname } from 'node:os';
import { AdapterError, type AdapterModule } from '../adapter.ts';
import { watchExpiry } from './certificate-expiry.ts';
import { decode } from './decode.ts';
import { discover } from './discover.ts';
import { dialInbox } from './inbox-link.ts';
import { abortOf, untilOpen } from './opening.ts';
import { probe } from './probe.ts';
import type { Published } from './publish-stream.ts';
import { compileRoutes } from './routes.ts';
import { prepareSession } from './session.ts';
import { Address, Config } from './settings.ts';
import { arrivalTimes } from './time.ts';
import { decodeWaveforms } from './waveform.ts';

const DRAIN_MS = 300;

/**
 * Subscribes to an MQTT broker and reads JSON. With QoS 1 the broker gets its PUBACK when the readings are durable;
 * a message that yields none is acknowledged all the same, or it would come back for ever.
 */
export const mqtt: AdapterModule<typeof Config, typeof Address> = {
  kind: 'mqtt',
  config: Config,
  address: Address,
  probe,
  discover,

  async run(config, bindings, ctx) {
    const table = compileRoutes(config.map, bindings);
    const filters = config.share === undefined ? table.filters : shared(config.share, table.filters);
    // Those who share have the same subscriptions, and must not have the same name for it.
    const instance = config.share === undefined ? undefined : `${hostname()} ${ctx.directory}`;
    const session = await prepareSession(config, filters, instance);
    const { MqttClient } = await import('mqtt'); // late: a fifth of a second that only a plant with MQTT pays
    if (ctx.signal.aborted) return;

    const arrival = arrivalTimes(ctx.clock);
    const options = { table, arrival, ...(ctx.describe !== undefined && { describe: ctx.describe }) };
    const take = ({ topic, payload, retain }: Published) => {
      const { readings, discarded } = decode({ topic, payload, isRetained: retain }, options);
      for (const reason of discarded) ctx.discard(reason, 1, topic);
      return readings;
    };
    const takeWaveforms = ({ topic, payload, retain }: Published) => {
      const found = decodeWaveforms({ topic, payload, isRetained: retain }, { table, arrival });
      for (const reason of found?.discarded ?? []) ctx.discard(reason, 1, topic);
      return found?.waveforms ?? null;
    };
    const { link, inbox } = dialInbox(MqttClient, { config, session, ctx, take, takeWaveforms });

    const over = new AbortController();
    let watching: Promise<void> | null = null;
    try {
      const aborted = abortOf(ctx.signal, over.signal);
      const open = link.open(filters, config.qos);
      const ms = await untilOpen(open, { aborted, broken: link.broken, over: over.signal, config, ctx });
      if (ms !== null) {
        ctx.observe({ ms });
        ctx.connected();
        watching = watchExpiry(session.certificates, ctx, over.signal);
        const end = await Promise.race([aborted, link.broken]);
        await Promise.race([inbox.drain(), ctx.clock.sleep(DRAIN_MS, over.signal)]);
        if (end instanceof AdapterError) throw end;
      }
      await link.close('politely');
    } finally {
      over.abort();
      inbox.close();
      await link.close('at once');
      await watching;
    }
  },
};

/** The filters of a group, of whose members the broker gives each message to one: MQTT 5.0 §4.8.2. */
function shared(group: string, filters: readonly string[]): string[] {
  return filters.map((filter) => `$share/${group}/${filter}`);
}
