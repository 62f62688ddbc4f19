import { setTimeout as sleep } from 'node:timers/promises';
import { startMosquitto } from '../kit/mosquitto.ts';
import type { Figure } from './figure.ts';
import { untilLoaded } from './load.ts';
import { BROKER_LINES, plantOf } from './plant.ts';
import type { BenchService } from './service.ts';
import { say } from './statistics.ts';

const LIVE_PER_SECOND = 20_000;
const LEAD_MS = 4_000;
const LONGEST_DRAIN_S = 30;
const SAMPLE_MS = 50;

interface Sample {
  readonly at: number;
  readonly accepted: number;
  readonly stored: number;
}

/** What happens after the database was away. */
export const drain: Figure = {
  name: 'drain',
  about:
    'MQTT goes on at 20,000 readings/s while the database refuses every connection for a while; from the first row after it to the ' +
    'moment nothing older than a second waits, against the live rate.',

  async measure(bench) {
    const outageS = bench.seconds(10);
    const broker = bench.keep(await startMosquitto(BROKER_LINES));
    const database = await bench.database();
    const service = await bench.service(plantOf({ brokerUrl: broker.url }), database);
    const load = bench.keep(
      bench.tools.start('mqtt-load', {
        port: broker.port,
        shape: 'batch',
        rate: LIVE_PER_SECOND,
        readings: 0,
        seconds: LEAD_MS / 1_000 + outageS + LONGEST_DRAIN_S,
        points: 1_000,
        qos: 1,
        json: true,
      }),
    );
    await sleep(LEAD_MS);
    const before = await sample(service);
    await database.close();
    bench.say(`the database is away for ${outageS} s`);
    await sleep(outageS * 1_000);
    await database.open();
    const openedAt = performance.now();
    bench.say('the database is back');
    let first: Sample | null = null;
    let last = await sample(service);
    const backlog = last.accepted - last.stored;
    for (;;) {
      await sleep(SAMPLE_MS);
      const now = await sample(service);
      if (now.stored > last.stored) first ??= last;
      last = now;
      if (first !== null && now.accepted - now.stored < LIVE_PER_SECOND) break;
      if (now.at - openedAt > LONGEST_DRAIN_S * 1_000) {
        throw new Error(`${now.accepted - now.stored} readings still wait ${LONGEST_DRAIN_S} s after the outage`);
      }
    }
    const residentMiB = service.residentMiB();
    const { readings } = await untilLoaded(load);
    await service.untilStored(before.stored + readings - before.accepted);
    const [row] = await database.query<{ n: number }>('select count(*)::int as n from reading');
    if (row!.n !== readings) throw new Error(`${readings} readings were sent, ${row!.n} are in the database`);
    const perSecond = ((last.stored - first.stored) / (last.at - first.at)) * 1_000;
    return [
      {
        figure: 'drain after an outage, 20,000 readings/s going on',
        unit: 'readings/s',
        value: perSecond,
        ceiling: LIVE_PER_SECOND,
        target: { of: 'ratio', is: 'at least', limit: 5 },
        note:
          `beside it the live rate, not a ceiling; ${backlog} readings waited after ${outageS} s, the first was stored ` +
          `${say((first.at - openedAt) / 1_000)} s after the database was back; ${say(residentMiB)} MiB`,
      },
    ];
  },
};

async function sample(service: BenchService): Promise<Sample> {
  const [accepted, stored] = await Promise.all([service.metric('ingest_readings_accepted_total'), service.stored()]);
  return { at: performance.now(), accepted, stored };
}
