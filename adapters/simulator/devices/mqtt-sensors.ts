import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import type { Clock } from '../../../src/model/clock.ts';
import type { EpochMs } from '../../../src/model/reading.ts';
import type { BinaryMessage } from './accelerometer-node.ts';
import { type DroppableDevice, LOOPBACK, type Measure, type SensorMessage } from './device.ts';
import { openLoopback } from './loopback.ts';

/** Longest the sensors go on sending while nobody is connected: bounds what the broker queues for absent subscribers. */
const UNHEARD_MS = 300_000;
/** Most messages of one sensor node that wait for their PUBACK; more are skipped, as a radio would. */
const MAX_UNACKNOWLEDGED = 200;

/** The topic on which a sensor publishes. */
export function topicOf(area: string, tag: string): string {
  const dot = tag.indexOf('.');
  return `plant/${area}/${tag.slice(0, dot)}/${tag.slice(dot + 1)}`;
}

/**
 * Starts an MQTT broker on TCP and a node of wireless sensors that publishes through it:
 * `{ "ts": <ms>, "value": <n> }` to `plant/<area>/<asset>/<tag>`, QoS 1, twice a second, and what `record` gives. Sessions outlive a drop.
 */
export async function startMqttSensors(options: {
  readonly tags: readonly string[];
  readonly area: string;
  readonly measure: Measure;
  /** Units that go out with the values, by tag. */
  readonly units?: ReadonlyMap<string, string>;
  readonly clock: Clock;
  /** A sensor that records: asked whenever the others send and somebody is connected. */
  readonly record?: (now: EpochMs) => BinaryMessage | null;
  readonly port?: number;
  readonly periodMs?: number;
}): Promise<DroppableDevice> {
  const stopping = new AbortController();
  const broker = await Aedes.createBroker();
  const server = createServer((socket) => broker.handle(socket));
  const link = await openLoopback(server, options.port ?? 0);
  let node: SensorNode | null = startNode(options, broker, link.port);

  const drop = async (): Promise<void> => {
    const running = node;
    node = null;
    await Promise.all([running?.stop(), link.close()]);
  };
  return {
    port: link.port,
    drop,
    restore: async () => {
      await link.reopen(stopping.signal);
      if (stopping.signal.aborted) await drop();
      else node ??= startNode(options, broker, link.port);
    },
    stop: async () => {
      stopping.abort();
      await drop();
      if (!broker.closed) await new Promise<void>((resolve) => broker.close(resolve));
    },
  };
}

interface SensorNode {
  stop(): Promise<void>;
}

function startNode(options: Parameters<typeof startMqttSensors>[0], broker: Aedes, port: number): SensorNode {
  const { tags, area, measure, units, clock, record, periodMs = 500 } = options;
  const stopping = new AbortController();
  const client = mqtt.connect(`mqtt://${LOOPBACK}:${port}`, {
    clientId: 'simulated-sensors',
    reconnectPeriod: 500,
    queueQoSZero: false,
  });
  client.on('error', () => undefined); // it reconnects by itself; without a listener this would end the process
  let unacknowledged = 0;

  const publish = (at: number): void => {
    for (const tag of tags) {
      const value = measure(tag);
      if (value === null || unacknowledged >= MAX_UNACKNOWLEDGED) continue;
      const unit = units?.get(tag);
      const message: SensorMessage = { ts: at, value, ...(unit !== undefined && { unit }) };
      unacknowledged++;
      client.publish(topicOf(area, tag), JSON.stringify(message), { qos: 1 }, () => {
        unacknowledged--;
      });
    }
  };
  const publishRecord = (at: number): void => {
    const message = record?.(at) ?? null;
    if (message !== null) client.publish(message.topic, message.payload, { qos: 1 });
  };
  const run = async (): Promise<void> => {
    let heardAt = clock.now();
    for (let due = heardAt; !stopping.signal.aborted; ) {
      const at = clock.now();
      if (broker.connectedClients > 1) heardAt = at; // more than this node itself
      if (client.connected && at - heardAt < UNHEARD_MS) {
        publish(at);
        if (heardAt === at) publishRecord(at); // a session that is yet to come would miss it, and the next is a minute away
      }
      due = Math.max(due + periodMs, at);
      await clock.sleep(due - at, stopping.signal);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
      await client.endAsync(true);
    },
  };
}
