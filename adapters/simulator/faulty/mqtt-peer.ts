import { createServer } from 'node:net';
import { Aedes } from 'aedes';
import { openLoopback } from '../devices/loopback.ts';
import { type FaultPlan, planFaults } from './fault-plan.ts';
import { LINK_FAULTS, watchLinks } from './link-faults.ts';
import type { PeerKind, PeerOptions } from './peer.ts';
import { restarting } from './restarting-port.ts';

const TAGS = 10;

/** One message on its way to the subscribers. */
export interface Message {
  readonly topic: string;
  readonly payload: Buffer;
}

/** What a broker that is its own publisher can do. */
export interface FaultyBroker {
  readonly port: number;
  publish(message: Message): void;
  /** Does to its connections, or to itself, what `fault` says; false when that is not its business. */
  harm(fault: string | null): boolean;
  /** Hears what clients publish. */
  onCommand(listener: (topic: string, payload: Buffer) => void): void;
  stop(): Promise<void>;
}

/** What can go wrong with a broker, whatever it carries. */
export const BROKER_FAULTS = {
  kick: 'the broker cuts every connection',
  restart: 'the broker is gone for 2 s; it keeps the sessions of its clients',
  ...LINK_FAULTS,
} as const;

/** A broker on loopback. */
export async function startFaultyBroker(port: number, plan: FaultPlan): Promise<FaultyBroker> {
  const broker = await Aedes.createBroker();
  const server = createServer((socket) => broker.handle(socket));
  const links = watchLinks(server, plan);
  const link = await openLoopback(server, port);
  const itself = restarting(link);
  return {
    port: link.port,
    publish: ({ topic, payload }) =>
      broker.publish({ cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false }, () => undefined),
    harm: (fault) => {
      if (fault === 'kick') links.cut();
      else if (fault === 'restart') itself.restart();
      else return links.harm(fault);
      return true;
    },
    onCommand: (listener) => {
      broker.on('publish', (packet, client) => {
        if (client) listener(packet.topic, Buffer.from(packet.payload));
      });
    },
    stop: async () => {
      await itself.stop();
      await new Promise<void>((resolve) => broker.close(resolve));
    },
  };
}

/** Publishes `message`, or whatever `fault` makes of it. Returns what is held back until the next message was sent. */
export function publishWith(
  fault: string | null,
  message: Message,
  broker: FaultyBroker,
  plan: FaultPlan,
): Message | null {
  switch (fault) {
    case 'duplicate':
      broker.publish(message);
      broker.publish(message);
      return null;
    case 'out-of-order':
      return message;
    case 'bad-payload':
      broker.publish({ topic: message.topic, payload: spoil(message.payload, plan) });
      broker.publish(message); // what it held is not lost: a good payload among bad ones must get through
      return null;
    default:
      broker.harm(fault);
      broker.publish(message);
      return null;
  }
}

/** Calls `round` every `periodMs` until it is stopped. */
export function everyPeriod({ clock, periodMs = 500 }: PeerOptions, round: () => void): () => Promise<void> {
  const stopping = new AbortController();
  const run = async () => {
    for (;;) {
      await clock.sleep(periodMs, stopping.signal);
      if (stopping.signal.aborted) return;
      round();
    }
  };
  const running = run();
  return async () => {
    stopping.abort();
    await running;
  };
}

/** A broker whose sensors count: their values come as JSON. An occasion for a fault is a message. */
export const mqttPeer: PeerKind = {
  faults: {
    duplicate: 'the message comes twice',
    'out-of-order': 'the message comes after the next one',
    'bad-payload': 'a message that cannot be read comes before the right one',
    ...BROKER_FAULTS,
  },

  async start(options) {
    const plan = planFaults(options);
    const broker = await startFaultyBroker(options.port, plan);
    let count = 0;
    let held: Message | null = null;
    const stopRounds = everyPeriod(options, () => {
      count++;
      const ts = options.clock.now();
      for (let i = 0; i < TAGS; i++) {
        const topic = `plant/sim/machine/v${i}`;
        const message = { topic, payload: Buffer.from(JSON.stringify({ ts, value: count })) };
        const late: Message | null = held;
        held = publishWith(plan.draw(`${topic}, value ${count}`), message, broker, plan);
        if (late) broker.publish(late);
      }
    });
    return {
      port: broker.port,
      serves:
        `MQTT 3.1.1, ${TAGS} topics plant/sim/machine/v0 to v${TAGS - 1}: {"ts": <ms>, "value": <n>} with QoS 1, ` +
        'n counts the rounds from 1',
      stop: async () => {
        await stopRounds();
        await broker.stop();
      },
    };
  },
};

/** Something that cannot be read: cut short, or other bytes altogether. */
function spoil(payload: Buffer, { random }: FaultPlan): Buffer {
  if (random.next() < 0.5) return payload.subarray(0, Math.floor(payload.length * random.next()));
  return Buffer.from(Array.from(payload, () => Math.floor(256 * random.next())));
}
