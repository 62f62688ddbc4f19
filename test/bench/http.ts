import { join } from 'node:path';
import { freePort } from '../kit/free-port.ts';
import { startPeer } from '../kit/peer.ts';
import type { Figure, Measurement } from './figure.ts';
import { runLoad, throughTheLine, timeGrid } from './load.ts';
import { plantOf } from './plant.ts';
import { median, say } from './statistics.ts';

const TAGS = 1_000;
const PER_REQUEST = 500;
/** A service of weeks: before about a million readings V8 still compiles what it runs. */
const WARM_UP_READINGS = 1_000_000;
const READINGS_PER_SECOND = 300_000;
const FORMATS = [
  { format: 'json', words: 'JSON', path: '/api/v1/readings' },
  { format: 'ndjson', words: 'NDJSON', path: '/api/v1/readings' },
  { format: 'influx', words: 'line protocol', path: '/api/v2/write' },
] as const;

/** Pushed readings in the three formats. */
export const http: Figure = {
  name: 'http',
  about:
    'HTTP, 500 readings a request, four connections; first request to last row committed, against fastify that reads and checks ' +
    'the same bodies and stores nothing. Bodies are made before the clock starts.',

  async measure(bench) {
    const database = await bench.database();
    const service = await bench.service(plantOf(), database);
    const port = await freePort();
    const server = join(import.meta.dirname, 'http-ceiling.ts');
    const ceiling = bench.keep(startPeer(process.execPath, ['--import', 'tsx', server, String(port)]));
    await ceiling.untilListening(port);
    const times = timeGrid();
    const readings = Math.round((bench.seconds(3) * READINGS_PER_SECOND) / 10_000) * 10_000;
    const push = (origin: string, { format, path }: (typeof FORMATS)[number], count: number) =>
      runLoad(bench, 'http-load', {
        url: `${origin}${path}`,
        header: `authorization: ${service.authorization}`,
        format,
        readings: count,
        pregen: count / PER_REQUEST, // each body once: a body sent again would be duplicates
        points: TAGS,
        batch: PER_REQUEST,
        start: times.next(Math.ceil(count / TAGS)),
        step: times.stepMs,
      });

    const measurements: Measurement[] = [];
    for (const kind of FORMATS) {
      const plain = `http://127.0.0.1:${port}`;
      await throughTheLine(service, () => push(service.url, kind, WARM_UP_READINGS));
      await push(plain, kind, WARM_UP_READINGS);
      const rates: number[] = [];
      const cpu: number[] = [];
      const ceilings: number[] = [];
      for (let round = 0; round < bench.rounds; round++) {
        await database.query('truncate reading');
        const line = await throughTheLine(service, () => push(service.url, kind, readings));
        rates.push(line.readingsPerSecond);
        cpu.push(line.cpuSecondsPerMillion);
        const { beganAt, endedAt } = await push(plain, kind, readings);
        ceilings.push((readings / (endedAt - beganAt)) * 1_000);
        bench.say(`${kind.words} ${round + 1}: ${say(rates.at(-1)!)} against ${say(ceilings.at(-1)!)} readings/s`);
      }
      measurements.push({
        figure: `HTTP ${kind.words}, 500 a request → committed`,
        unit: 'readings/s',
        value: median(rates),
        ceiling: median(ceilings),
        target: { of: 'ratio', is: 'at least', limit: 0.45 },
        note: `service CPU ${say(median(cpu))} s per million`,
      });
    }
    return measurements;
  },
};
