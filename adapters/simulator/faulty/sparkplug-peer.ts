import { planFaults } from './fault-plan.ts';
import { BROKER_FAULTS, everyPeriod, type Message, publishWith, startFaultyBroker } from './mqtt-peer.ts';
import type { PeerKind } from './peer.ts';
import { encodePayload, type Metric } from './sparkplug-payload.ts';

const GROUP = 'Sim';
const NODE = 'edge-1';
const DEVICE = 'machine';
const METRICS = 10;

/** A broker with one Sparkplug B edge node and one device on it. An occasion for a fault is a DDATA message. */
export const sparkplugPeer: PeerKind = {
  faults: {
    duplicate: 'the message comes twice',
    'out-of-order': 'the message comes after the next one',
    gap: 'a message, and with it a sequence number, is lost',
    'bad-payload': 'a message that cannot be read comes before the right one',
    death: 'the node dies and is born again a round later',
    ...BROKER_FAULTS,
  },

  async start(options) {
    const plan = planFaults(options);
    const broker = await startFaultyBroker(options.port, plan);
    let newest = 0;
    /** No two messages have one time: rounds that a busy machine makes up for come in the same millisecond. */
    const now = () => {
      newest = Math.max(options.clock.now(), newest + 1);
      return newest;
    };
    let seq = 0;
    let birthAndDeath = 0;
    let count = 0;
    let held: Message | null = null;
    let isAlive = false;
    const nextSeq = () => {
      const next = seq;
      seq = (seq + 1) % 256;
      return next;
    };
    const send = (type: string, device: string | null, metrics: readonly Metric[]) =>
      broker.publish({
        topic: topicOf(type, device),
        payload: encodePayload({ timestamp: now(), metrics, seq: nextSeq() }),
      });
    const beBorn = () => {
      seq = 0;
      isAlive = true;
      send('NBIRTH', null, [
        { name: 'bdSeq', type: 'int64', value: birthAndDeath },
        { name: 'Node Control/Rebirth', type: 'boolean', value: false },
      ]);
      send(
        'DBIRTH',
        DEVICE,
        Array.from({ length: METRICS }, (_, i) => ({ name: `v${i}`, alias: i + 1, type: 'double', value: count })),
      );
    };
    const die = () => {
      isAlive = false;
      const metrics: Metric[] = [{ name: 'bdSeq', type: 'int64', value: birthAndDeath }];
      broker.publish({ topic: topicOf('NDEATH', null), payload: encodePayload({ timestamp: now(), metrics }) });
      birthAndDeath = (birthAndDeath + 1) % 256;
    };
    broker.onCommand((topic, payload) => {
      if (topic === topicOf('NCMD', null) && payload.includes('Node Control/Rebirth')) beBorn();
    });

    const stopRounds = everyPeriod(options, () => {
      count++;
      if (!isAlive) {
        beBorn();
        return;
      }
      const topic = topicOf('DDATA', DEVICE);
      const fault = plan.draw(`${topic}, value ${count}`);
      if (fault === 'death') {
        die();
        return;
      }
      const metrics = Array.from(
        { length: METRICS },
        (_, i): Metric => ({ alias: i + 1, type: 'double', value: count }),
      );
      const message = { topic, payload: encodePayload({ timestamp: now(), metrics, seq: nextSeq() }) };
      const late: Message | null = held;
      held = fault === 'gap' ? null : publishWith(fault, message, broker, plan);
      if (late) broker.publish(late);
    });
    return {
      port: broker.port,
      serves:
        `Sparkplug B 3.0 over MQTT 3.1.1, group ${GROUP}, node ${NODE}, device ${DEVICE}: metrics v0 to v${METRICS - 1}, Double, ` +
        'by alias, counting the rounds from 1; it obeys Node Control/Rebirth',
      stop: async () => {
        await stopRounds();
        await broker.stop();
      },
    };
  },
};

function topicOf(type: string, device: string | null): string {
  return ['spBv1.0', GROUP, type, NODE, ...(device === null ? [] : [device])].join('/');
}
