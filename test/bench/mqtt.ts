import { type Broker, startMosquitto } from '../kit/mosquitto.ts';
import { startPeer } from '../kit/peer.ts';
import { findTool } from '../kit/tool.ts';
import { measureCopy } from './copy-ceiling.ts';
import type { BenchDatabase } from './database.ts';
import type { Bench, Figure, Measurement } from './figure.ts';
import { type Load, runLoad, type TimeGrid, throughTheLine, timeGrid } from './load.ts';
import { startPipe } from './pipe.ts';
import { BROKER_LINES, plantOf } from './plant.ts';
import type { BenchService } from './service.ts';
import { median, say } from './statistics.ts';

const TAGS = 1_000;
const WARM_UP_READINGS = 100_000;

/** One shape of message: how many readings it carries, and how many go through in a second, about. */
interface Shape {
  readonly shape: 'single' | 'batch';
  readonly perMessage: number;
  readonly readingsPerSecond: number;
}
const SINGLE: Shape = { shape: 'single', perMessage: 1, readingsPerSecond: 25_000 };
const BATCHED: Shape = { shape: 'batch', perMessage: 100, readingsPerSecond: 250_000 };

/** One reading a message, QoS 1. */
export const mqttSingle: Figure = {
  name: 'mqtt-single',
  about:
    'MQTT QoS 1 through mosquitto, one reading a message, PUBACK only after fsync; first message sent to last row committed, ' +
    'against `mosquitto_sub | psql COPY` of the same traffic into a table without a key.',

  async measure(bench) {
    const line = await startLine(bench, SINGLE);
    const pipe = await pipeCeiling(bench, line);
    const { rates, ceilings, cpu } = await rounds(bench, line, pipe);
    return [
      {
        figure: 'MQTT QoS 1, one reading a message → committed',
        unit: 'readings/s',
        value: median(rates),
        ceiling: pipe === null ? null : median(ceilings),
        target: { of: 'ratio', is: 'at least', limit: 0.6 },
        note: pipe === null ? 'no ceiling: apt-get install mosquitto-clients postgresql-client' : '',
      },
      cpuOf('service CPU per million readings, single MQTT', { cpu, limit: 18 }),
    ];
  },
};

/** A hundred readings a message, QoS 1. */
export const mqttBatch: Figure = {
  name: 'mqtt-batch',
  about:
    'The same with 100 readings a message, against Node binary COPY of as many rows into the same table (10,000 a transaction).',

  async measure(bench) {
    const line = await startLine(bench, BATCHED);
    const { rates, ceilings, cpu } = await rounds(bench, line, () => {
      const { readings, times, database } = line;
      const startAt = times.next(Math.ceil(readings / TAGS));
      const { scheme } = bench.tools;
      return measureCopy(database, { scheme, readings, tags: TAGS, startAt, stepMs: times.stepMs });
    });
    return [
      {
        figure: 'MQTT QoS 1, 100 readings a message → committed',
        unit: 'readings/s',
        value: median(rates),
        ceiling: median(ceilings),
        target: { of: 'ratio', is: 'at least', limit: 0.6 },
        note: '',
      },
      cpuOf('service CPU per million readings, batched MQTT', { cpu, limit: 3 }),
    ];
  },
};

/** The service fed by a broker, warm, and what its rounds need. */
interface Line {
  readonly broker: Broker;
  readonly database: BenchDatabase;
  readonly service: BenchService;
  readonly readings: number;
  readonly times: TimeGrid;
  /** Publishes below a first topic level: the service listens to `plant`. */
  publish(prefix: string, readings: number): Promise<Load>;
}

async function startLine(bench: Bench, { shape, perMessage, readingsPerSecond }: Shape): Promise<Line> {
  const broker = bench.keep(await startMosquitto(BROKER_LINES));
  const database = await bench.database();
  const service = await bench.service(plantOf({ brokerUrl: broker.url }), database);
  const readings = Math.round((bench.seconds(4) * readingsPerSecond) / 10_000) * 10_000;
  const times = timeGrid();
  const publish = (prefix: string, count: number) =>
    runLoad(bench, 'mqtt-load', {
      port: broker.port,
      prefix,
      shape,
      batch: perMessage,
      readings: count,
      points: TAGS,
      qos: 1,
      ts: 'grid',
      // A message of one asset holds several readings of each of its tags: an asset may be ahead by a message.
      start: times.next(Math.ceil(count / TAGS) + perMessage),
      step: times.stepMs,
    });
  await throughTheLine(service, () => publish('plant', WARM_UP_READINGS));
  return { broker, database, service, readings, times, publish };
}

/** Service and ceiling by turns, so that what else happens on the machine meets both. */
async function rounds(
  bench: Bench,
  { service, database, readings, publish }: Line,
  ceiling: (() => Promise<number>) | null,
): Promise<{ readonly rates: number[]; readonly ceilings: number[]; readonly cpu: number[] }> {
  const rates: number[] = [];
  const ceilings: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    await database.query('truncate reading');
    const line = await throughTheLine(service, () => publish('plant', readings));
    rates.push(line.readingsPerSecond);
    cpu.push(line.cpuSecondsPerMillion);
    if (ceiling !== null) ceilings.push(await ceiling());
    bench.say(
      `round ${round + 1}: ${say(rates.at(-1)!)} against ${say(ceilings.at(-1) ?? Number.NaN)} readings/s, ` +
        `${say(cpu.at(-1)!)} CPU s per million`,
    );
  }
  return { rates, ceilings, cpu };
}

async function pipeCeiling(bench: Bench, line: Line): Promise<(() => Promise<number>) | null> {
  const subscribe = findTool('mosquitto_sub');
  const psql = findTool('psql');
  if (subscribe === null || psql === null) return null;
  const session = ['-p', String(line.broker.port), '-i', 'bench-ceiling', '-c', '-q', '1', '-t', 'ceiling/#'];
  await line.database.query('create table inbox (topic text not null, payload text not null)');
  return async () => {
    await line.database.query('truncate inbox');
    // A session of its own that the broker keeps: nothing that is published before the pipe stands is missed.
    await bench.keep(startPeer(subscribe, [...session, '-E'])).untilDone();
    const pipe = bench.keep(
      startPipe(
        [subscribe, ...session, '-C', String(line.readings), '-F', '%t\t%p'],
        [psql, line.database.url, '-q', '-c', 'copy inbox from stdin'],
      ),
    );
    const { beganAt, readings } = await line.publish('ceiling', line.readings);
    const endedAt = await pipe.untilDone();
    const [row] = await line.database.query<{ n: number }>('select count(*)::int as n from inbox');
    if (row!.n !== readings) throw new Error(`${readings} messages were sent, psql copied ${row!.n}`);
    return (readings / (endedAt - beganAt)) * 1_000;
  };
}

function cpuOf(figure: string, { cpu, limit }: { readonly cpu: number[]; readonly limit: number }): Measurement {
  return {
    figure,
    unit: 's',
    value: median(cpu),
    ceiling: null,
    target: { of: 'value', is: 'at most', limit },
    note: 'all threads of the service, user and system; broker, generator and database not counted',
  };
}
