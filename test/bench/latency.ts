import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMosquitto } from '../kit/mosquitto.ts';
import { waitFor } from '../kit/wait.ts';
import type { Figure } from './figure.ts';
import { runLoad } from './load.ts';
import { BROKER_LINES, plantOf } from './plant.ts';
import { median, quantile, say } from './statistics.ts';

const RATE = 20_000;
const TAGS = 1_000;
const ALARMS = 20;
/** Each goes over its limit, and back, every so often. */
const ALARM_EVERY_MS = 1_000;
/** No signal of the generator comes near the limit by itself. */
const LIMIT = 100_000;
const ALARM = 1_000_000;

/** A message that said that an alert was raised, or raised again. */
interface Arrival {
  readonly at: number;
  /** Tag and time of the reading. */
  readonly of: string;
}

/** Reading in, webhook out. */
export const latency: Figure = {
  name: 'latency',
  about:
    'A reading over its limit is published to mosquitto (QoS 1) among 20,000 readings/s; from there to the arrival of the signed webhook, the ' +
    'alert committed before it is sent. Every message has to arrive. And how long the event loop of the service was held up meanwhile.',

  async measure(bench) {
    const directory = mkdtempSync(join(tmpdir(), 'bench-latency-'));
    bench.keep({ [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) });
    const sink = bench.keep(await startSink());
    const broker = bench.keep(await startMosquitto(BROKER_LINES));
    const secretFile = join(directory, 'secret');
    writeFileSync(secretFile, `whsec_${Buffer.alloc(24, 7).toString('base64')}`, { mode: 0o600 });
    const { pointName } = bench.tools.scheme;
    const points = Array.from({ length: ALARMS }, (_, i) => pointName(i, 10));
    const plant = `${plantOf({ brokerUrl: broker.url })}
assets:
${[...new Set(points.map(({ asset }) => asset))]
  .map((id) => {
    const tags = points.filter(({ asset }) => asset === id).map(({ point }) => `${point}: { from: sensors }`);
    return `  ${id}: { tags: { ${tags.join(', ')} } }`;
  })
  .join('\n')}
rules:
  high:
    on: [${points.map(({ asset, point }) => `${asset}.${point}`).join(', ')}]
    detect: limit
    with: { high: ${LIMIT} }
    workOrder: none
notify:
  sink: { kind: webhook, url: "${sink.url}", secretFile: ${secretFile} }
allowPrivateWebhookTargets: ["127.0.0.0/8"]
`;
    const service = await bench.service(plant, await bench.database());
    const latencies: number[] = [];
    const lags: number[] = [];
    for (let round = 0; round <= bench.rounds; round++) {
      sink.arrivals.length = 0;
      const alarmLog = join(directory, `alarms-${round}.jsonl`);
      await runLoad(bench, 'mqtt-load', {
        port: broker.port,
        readings: RATE * bench.seconds(10),
        rate: RATE,
        points: TAGS,
        qos: 1,
        'alarm-points': ALARMS,
        'alarm-value': ALARM,
        'alarm-every': ALARM_EVERY_MS,
        'alarm-log': alarmLog,
      });
      const sent = readAlarms(alarmLog);
      await waitFor('every message', () => {
        const arrived = new Set(sink.arrivals.map(({ of }) => of));
        return sent.every(({ of }) => arrived.has(of));
      });
      const arrivedAt = new Map(sink.arrivals.map(({ of, at }) => [of, at]));
      const these = sent.map(({ of, at }) => arrivedAt.get(of)! - at);
      if (round > 0) latencies.push(...these); // the first is to warm up
      lags.push((await service.metric('millwright_nodejs_eventloop_lag_p99_seconds')) * 1_000);
      bench.say(`${round}: ${sent.length} alerts, p50 ${say(median(these))}, p99 ${say(quantile(these, 0.99))} ms`);
    }
    const seen = { unit: 'ms', ceiling: null };
    return [
      {
        ...seen,
        figure: 'MQTT reading → webhook at 20,000 readings/s, p50',
        value: median(latencies),
        target: { of: 'value', is: 'at most', limit: 15 },
        note: `${latencies.length} alerts`,
      },
      {
        ...seen,
        figure: 'MQTT reading → webhook at 20,000 readings/s, p99',
        value: quantile(latencies, 0.99),
        target: { of: 'value', is: 'at most', limit: 100 },
        note: `longest ${say(Math.max(...latencies))} ms`,
      },
      {
        ...seen,
        figure: 'event loop of the service meanwhile, p99',
        value: Math.max(...lags.slice(1)),
        target: { of: 'value', is: 'at most', limit: 20 },
        note: 'as the service measures it; its timer has a resolution of 10 ms',
      },
    ];
  },
};

/** Receives webhooks. */
async function startSink(): Promise<{ url: string; arrivals: Arrival[] } & Disposable> {
  const arrivals: Arrival[] = [];
  const server = createServer((request, response) => {
    const at = performance.timeOrigin + performance.now();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.end();
      // As docs/api.md describes it.
      const { type, timestamp, data } = JSON.parse(Buffer.concat(chunks).toString()) as {
        type: string;
        timestamp: string;
        data: { alert: { tag: string } };
      };
      if (type.startsWith('alert.raised')) arrivals.push({ at, of: `${data.alert.tag} ${Date.parse(timestamp)}` });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}/`,
    arrivals,
    [Symbol.dispose]: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** What the generator sent over the limit, and when. */
function readAlarms(path: string): Arrival[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { point, ts, sent } = JSON.parse(line) as { point: string; ts: number; sent: number }; // see its --help
      return { at: sent, of: `${point.replace('/', '.')} ${Math.floor(ts)}` };
    });
}
