import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import mqtt from 'mqtt';
import { Agent } from 'undici';
import { expect, it } from 'vitest';
import { encodePayload, type Metric } from '../../adapters/simulator/faulty/sparkplug-payload.ts';
import { unpackFloats } from '../../src/store/pack-floats.ts';
import { scrapeConservation } from '../kit/conservation.ts';
import { queryDatabase } from '../kit/database.ts';
import { each, GOOD_EVERY, isGood, payloadOf, payloadsOfAKind, post, watchConservation } from '../kit/flood.ts';
import { metricOf } from '../kit/metric.ts';
import { seeded } from '../kit/seeded.ts';
import { startTestService, type TestService } from '../kit/service.ts';
import { storedRows } from '../kit/stored-rows.ts';
import { waitFor } from '../kit/wait.ts';

const MESSAGES = payloadsOfAKind(10_000);
const UPLOADS = payloadsOfAKind(4_000);
const SEED = 11;
/** Half of how many are taken at once: none may be refused for that. */
const UPLOADS_AT_ONCE = 4;
const beginAt = Date.now() - 3_600_000;
const goodOnes = (count: number) => Array.from({ length: count / GOOD_EVERY }, (_, i) => i * GOOD_EVERY);

it('garbage from Sparkplug edge nodes neither stops the host nor hides what a good one says', async () => {
  const aedes = await Aedes.createBroker();
  const broker = createServer(aedes.handle).listen(0, '127.0.0.1');
  await once(broker, 'listening');
  const { port } = broker.address() as AddressInfo; // listening on TCP, so it is no pipe name
  await using service = await startTestService(`
plant: garbage-sparkplug
timezone: UTC
adapters:
  edges: { kind: sparkplug, url: "mqtt://127.0.0.1:${port}", adopt: never }
assets:
  good: { tags: { v: { from: edges, address: { group: g, edge: good, metric: v } } } }
  junk: { tags: { v: { from: edges, address: { group: g, edge: junk-0, device: d, metric: v } } } }
`);
  await waitFor('the broker', async () => (await metricOf(service.url, 'source_up')) === 1);
  const watch = watchConservation(service);
  const edge = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  const say = (topic: string, payload: Buffer) => edge.publishAsync(`spBv1.0/g/${topic}`, payload, { qos: 1 });

  const birth = (seq: number, i: number) =>
    encodePayload({
      timestamp: beginAt + i,
      seq,
      metrics: [...BIRTH, { name: 'v', alias: 1, type: 'double', value: i }],
    });
  const data = (seq: number, i: number) =>
    encodePayload({ timestamp: beginAt + i, seq, metrics: [{ alias: 1, type: 'double', value: i }] });
  let seq = 0;
  await say('NBIRTH/good', birth(seq, -1));
  const random = seeded(SEED);
  await each(MESSAGES, async (i) => {
    if (isGood(i)) {
      seq = (seq + 1) % 256;
      await say('NDATA/good', data(seq, i));
      return;
    }
    const type = JUNK_TYPES[i % JUNK_TYPES.length]!;
    const whole = type.endsWith('BIRTH') ? birth(i % 256, i) : data(i % 256, i);
    await say(`${type}/junk-${i % 7}${type.startsWith('D') ? '/d' : ''}`, payloadOf(i, whole, random));
  });

  const expected = [-1, ...goodOnes(MESSAGES)].map((i) => ({ at: beginAt + i, value: i, quality: 0 }));
  await waitFor(
    'every good value',
    async () => (await storedRows(service.databaseUrl, 'good.')).length >= expected.length,
  );
  const rows = await storedRows(service.databaseUrl, 'good.');
  expect(rows.map(({ at, value, quality }) => ({ at, value, quality }))).toEqual(expected);
  expect(await watch.stop()).toEqual([]);
  const { sources } = await scrapeConservation(service.url);
  // A cut at the end of a metric leaves less, and still a payload.
  expect(sources.get('edges')!.discarded).toBeGreaterThan(MESSAGES / 2);
  expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);

  await edge.endAsync();
  broker.close();
  aedes.close();
}, 600_000);

it('garbage in place of WAV and CSV files neither stops the service nor hides the good ones', async () => {
  await using service = await startTestService(`
plant: garbage-files
timezone: UTC
adapters:
  push: { kind: http, adopt: never }
assets:
  good: { tags: { wav: { from: push }, csv: { from: push } } }
  junk: { tags: { wav: { from: push }, csv: { from: push } } }
`);
  const agent = new Agent({ connections: UPLOADS_AT_ONCE });
  const watch = watchConservation(service);
  let refused = 0;
  for (const { kind, type, file } of FILES) {
    const random = seeded(SEED);
    const bodies = (i: number) => payloadOf(i, file(samplesOf(i)), random);
    await each(
      UPLOADS,
      async (i) => {
        const tag = `${isGood(i) ? 'good' : 'junk'}.${kind}`;
        const path = `/api/v1/waveforms?tag=${tag}&at=${beginAt + i}&unit=m/s2&rateHz=1000&scale=1`;
        const status = await post(service, agent, { path, type, body: bodies(i) });
        if (isGood(i)) expect(status).toBe(200);
        else if (status !== 200) refused++;
      },
      UPLOADS_AT_ONCE,
    );
    await waitFor(
      `every good ${kind}`,
      async () => (await waveforms(service, `good.${kind}`)).length >= UPLOADS / GOOD_EVERY,
    );
    const stored = await waveforms(service, `good.${kind}`);
    expect(stored).toEqual(goodOnes(UPLOADS).map((i) => ({ at: beginAt + i, samples: samplesOf(i) })));
  }
  expect(await watch.stop()).toEqual([]);
  const capturesOf = (what: string) => metricOf(service.url, what);
  const accepted = await capturesOf('ingest_captures_accepted_total');
  expect(accepted).toBe(2 * UPLOADS - refused);
  await waitFor('all of them', async () => (await capturesOf('writer_captures_total')) === accepted);
  const { sources } = await scrapeConservation(service.url);
  const discarded = await capturesOf('ingest_captures_discarded_total').catch(() => 0);
  expect(sources.get('push')!.discarded + discarded).toBe(refused);
  expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
  await agent.close();
}, 600_000);

const BIRTH: readonly Metric[] = [
  { name: 'bdSeq', type: 'int64', value: 0 },
  { name: 'Node Control/Rebirth', type: 'boolean', value: false },
];
const JUNK_TYPES = ['NBIRTH', 'DBIRTH', 'NDATA', 'DDATA', 'DDATA', 'NDEATH', 'DDEATH'] as const;

/** Multiples of 2^-15, which both kinds of files hold exactly; no two payloads have the same. */
function samplesOf(i: number): number[] {
  return [0.5, (i % 32_768) / 32_768, Math.floor(i / 32_768) / 32_768, -1];
}

const FILES: readonly { kind: 'wav' | 'csv'; type: string; file: (samples: readonly number[]) => Buffer }[] = [
  { kind: 'wav', type: 'audio/wav', file: wavOf },
  {
    kind: 'csv',
    type: 'text/csv',
    file: (samples) => Buffer.from(`time;value\n${samples.map((value, n) => `${n / 1_000};${value}`).join('\r\n')}\n`),
  },
];

/** One channel of 16 bits at 1000 Hz. */
function wavOf(samples: readonly number[]): Buffer {
  const file = Buffer.alloc(44 + 2 * samples.length);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  for (const [at, value] of [
    [16, 16],
    [24, 1_000],
    [28, 2_000],
  ] as const)
    file.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ] as const)
    file.writeUInt16LE(value, at);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(2 * samples.length, 40);
  for (const [n, value] of samples.entries()) file.writeInt16LE(Math.round(value * 32_768), 44 + 2 * n);
  return file;
}

async function waveforms(service: TestService, tag: string): Promise<{ at: number; samples: number[] }[]> {
  const rows = await queryDatabase<{ at: number; length: number; packed: Buffer }>(
    service.databaseUrl,
    `select (extract(epoch from w.at) * 1000)::float8 as at, w.length, w.packed
       from waveform w join tag t on t.id = w.tag_id where t.name = $1 order by w.at`,
    [tag],
  );
  return Promise.all(
    rows.map(async ({ at, length, packed }) => ({ at, samples: [...(await unpackFloats(packed, length))] })),
  );
}
