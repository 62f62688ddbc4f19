import { setTimeout as sleep } from 'node:timers/promises';
import { startMosquitto } from '../kit/mosquitto.ts';
import type { Figure } from './figure.ts';
import { untilLoaded } from './load.ts';
import { BROKER_LINES, plantOf } from './plant.ts';
import { say, slope } from './statistics.ts';

const TAGS = 10_000;
const PER_SECOND = 50_000;
const SAMPLE_MS = 1_000;

/** Memory under a steady load. */
export const memory: Figure = {
  name: 'memory',
  about:
    'RSS of the service at 10,000 tags and 50,000 readings/s over MQTT, 100 a message: the largest seen, and the slope over the second ' +
    'half. 30 s unless `--seconds` says otherwise; flatness shows over 30 minutes only (`--seconds 1800`).',

  async measure(bench) {
    const seconds = bench.seconds(30);
    const broker = bench.keep(await startMosquitto(BROKER_LINES));
    const database = await bench.database();
    const service = await bench.service(plantOf({ brokerUrl: broker.url }), database);
    const startMiB = service.residentMiB();
    const load = bench.keep(
      bench.tools.start('mqtt-load', {
        port: broker.port,
        shape: 'batch',
        rate: PER_SECOND,
        readings: 0,
        seconds,
        points: TAGS,
        'per-asset': 100,
        qos: 1,
        json: true,
      }),
    );
    const minutes: number[] = [];
    const residentMiB: number[] = [];
    const startedAt = performance.now();
    while (performance.now() - startedAt < seconds * 1_000) {
      await sleep(SAMPLE_MS);
      minutes.push((performance.now() - startedAt) / 60_000);
      residentMiB.push(service.residentMiB());
      const n = residentMiB.length;
      if (n % 10 === 0) bench.say(`${n} s: ${say(residentMiB.at(-1)!)} MiB`);
    }
    const { readings, beganAt, endedAt } = await untilLoaded(load);
    await service.untilStored(readings);
    const behindS = (performance.now() - endedAt) / 1_000;
    const half = residentMiB.length >> 1;
    const perMinute = slope(minutes.slice(half), residentMiB.slice(half));
    return [
      {
        figure: 'service RSS at 10,000 tags and 50,000 readings/s',
        unit: 'MiB',
        value: Math.max(...residentMiB),
        ceiling: null,
        target: { of: 'value', is: 'at most', limit: 250 },
        note:
          `${seconds} s at ${say((readings / (endedAt - beganAt)) * 1_000)} readings/s, ${say(startMiB)} MiB before, ` +
          `slope of the second half ${say(perMinute)} MiB/min, the last row ${say(behindS)} s after the load`,
      },
    ];
  },
};
