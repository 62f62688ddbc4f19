import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { startMosquitto } from '../kit/mosquitto.ts';
import type { Figure } from './figure.ts';
import { timeGrid } from './load.ts';
import { BROKER_LINES } from './plant.ts';
import { say } from './statistics.ts';

const TOPICS = 1_000_000;
const MAPPED_TAGS = 100;
/** One message in so many is of a tag that the plant file has. */
const MAPPED_EVERY = 20;
const IN_FLIGHT = 1_000;
const SAMPLE_MS = 100;

/** Memory while a broker brings more topics than there are tags. */
export const mqttTopics: Figure = {
  name: 'mqtt-topics',
  about:
    'RSS of the service while 1,000,000 distinct topics that no tag has come over MQTT (QoS 1, adopt: ask), and between them the readings of ' +
    '100 tags, all of which must be stored.',

  async measure(bench) {
    const broker = bench.keep(await startMosquitto(BROKER_LINES));
    const database = await bench.database();
    const service = await bench.service(plantOf(broker.url), database);
    const mapped = Math.floor(TOPICS / MAPPED_EVERY);
    const times = timeGrid();
    const startAt = times.next(Math.ceil(mapped / MAPPED_TAGS));
    const startMiB = service.residentMiB();
    let peakMiB = startMiB;
    let isOver = false;
    const sampling = (async () => {
      while (!isOver) {
        peakMiB = Math.max(peakMiB, service.residentMiB());
        await sleep(SAMPLE_MS);
      }
    })();
    const beganAt = performance.now();
    try {
      await publish(broker.url, (n) => {
        const at = startAt + Math.floor(n / MAPPED_EVERY / MAPPED_TAGS) * times.stepMs;
        return { tag: `t${Math.floor(n / MAPPED_EVERY) % MAPPED_TAGS}`, at };
      });
      await service.untilStored(mapped);
      await service.untilIdle();
    } finally {
      isOver = true;
      await sampling;
    }
    const seconds = (performance.now() - beganAt) / 1_000;
    const discarded = await service.metric('ingest_readings_discarded_total');
    if (discarded !== TOPICS) throw new Error(`${TOPICS} readings of unknown tags were sent, ${discarded} are counted`);
    return [
      {
        figure: `RSS, largest, ${say(TOPICS)} distinct topics`,
        unit: 'MiB',
        value: peakMiB,
        ceiling: null,
        target: { of: 'value', is: 'at most', limit: 300 },
        note:
          `${say(startMiB)} MiB before; all ${say(mapped)} readings of the ${MAPPED_TAGS} tags stored, ` +
          `${say(TOPICS + mapped)} messages in ${say(seconds)} s`,
      },
    ];
  },
};

function plantOf(brokerUrl: string): string {
  const tags = Array.from({ length: MAPPED_TAGS }, (_, n) => `      t${n}: { from: sensors }`);
  return `
plant: topics
timezone: UTC
adapters:
  sensors:
    kind: mqtt
    url: ${brokerUrl}
    adopt: ask
    protocol: 5
    inFlight: 2000
    map: [{ topic: plant/+asset/+tag, value: $.value, time: $.ts }]
assets:
  m:
    tags:
${tags.join('\n')}
`;
}

/** Publishes every topic once, and a reading of a tag after every twentieth; a window of messages is unconfirmed. */
async function publish(url: string, reading: (n: number) => { readonly tag: string; readonly at: number }) {
  const client = await connectAsync(url, { protocolVersion: 5 });
  try {
    let unconfirmed: Promise<unknown>[] = [];
    for (let n = 0; n < TOPICS; n++) {
      const { tag, at } = reading(n);
      const payload = `{"value":${n},"ts":${at}}`;
      unconfirmed.push(client.publishAsync(`plant/noise-${n % 1_000}/sensor-${n}`, payload, { qos: 1 }));
      if (n % MAPPED_EVERY === 0) unconfirmed.push(client.publishAsync(`plant/m/${tag}`, payload, { qos: 1 }));
      if (unconfirmed.length < IN_FLIGHT) continue;
      await Promise.all(unconfirmed);
      unconfirmed = [];
    }
    await Promise.all(unconfirmed);
  } finally {
    await client.endAsync(true);
  }
}
