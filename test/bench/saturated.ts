import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../kit/wait.ts';
import { EVENT_LOOP, fillHistory, historyPlant, runBacktest, tagNames } from './backtest.ts';
import type { Bench, Figure, Measurement } from './figure.ts';
import type { BenchService } from './service.ts';
import { median, say } from './statistics.ts';

/** Live tags, each with a reading every 2 ms: 25,000 a second, and each of them judged by so many rules. */
const LIVE_TAGS = tagNames.slice(0, 50);
const STEP_MS = 2;
const STEPS_A_REQUEST = 10;
const LIVE_RULES = 800;
/** What the engine is behind when it counts as saturated, more than a burst. It is told when a piece of the log is done. */
const BEHIND_BYTES = 1_000_000;
const HISTORY_S = 2_000;
const LAG = 'engine_lag_bytes';

/** Whether the service answers while everything that computes in it has more to do than it can. */
export const saturated: Figure = {
  name: 'saturated',
  about:
    'The event loop of the service while a back-test of 2,000,000 readings runs and 25,000 live readings/s with 800 limits on each tag ' +
    'are more than the engine can judge: it is behind by more than 1 MB before the back-test and after it.',

  async measure(bench: Bench): Promise<Measurement[]> {
    const database = await bench.database();
    const rules = Array.from({ length: LIVE_RULES }, (_, i) => {
      return `  live-${i}: { on: [${LIVE_TAGS.join(', ')}], detect: limit, with: { high: ${100 + i} }, workOrder: none }`;
    });
    const service = await bench.service(historyPlant(rules), database);
    const range = await fillHistory(database, service, HISTORY_S);
    await runBacktest(service, range); // to warm up
    const lags: number[] = [];
    const stop = new AbortController();
    const live = pushLive(service, stop.signal);
    live.catch(() => undefined); // told by the await below
    try {
      for (let round = 0; round < bench.rounds; round++) {
        await waitFor('the engine to be behind', async () => (await service.metric(LAG)) > BEHIND_BYTES);
        const before = await service.metric(LAG); // and from here the event loop is watched
        const { elapsedMs } = await runBacktest(service, range);
        lags.push((await service.metric(EVENT_LOOP)) * 1_000);
        const after = await service.metric(LAG);
        bench.say(
          `${round + 1}: ${say(lags.at(-1)!)} ms, ${say(elapsedMs)} ms long, ${before} and then ${after} bytes behind`,
        );
        if (after < BEHIND_BYTES) throw new Error(`the engine caught up: it was ${before} bytes behind, then ${after}`);
      }
    } finally {
      stop.abort();
    }
    const readings = await live;
    return [
      {
        figure: 'event loop of the service, engine saturated and a back-test running, p99',
        unit: 'ms',
        value: median(lags),
        ceiling: null,
        target: { of: 'value', is: 'at most', limit: 20 },
        note: `longest ${say(Math.max(...lags))} ms; ${readings} live readings`,
      },
    ];
  },
};

/** Pushes readings as time passes, until told to stop; how many that were. */
async function pushLive({ url, authorization }: BenchService, signal: AbortSignal): Promise<number> {
  const headers = { authorization, 'content-type': 'application/json' };
  let count = 0;
  for (let at = Date.now(); !signal.aborted; ) {
    if (at + STEPS_A_REQUEST * STEP_MS > Date.now()) {
      await sleep(STEP_MS);
      continue;
    }
    const readings = [];
    for (let step = 0; step < STEPS_A_REQUEST; step++, at += STEP_MS)
      for (const tag of LIVE_TAGS) readings.push({ tag, at, value: 50 + (step % 7) });
    const answer = await fetch(`${url}/api/v1/readings`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ readings }),
    });
    if (!answer.ok) throw new Error(`the live readings were refused: ${answer.status} ${await answer.text()}`);
    await answer.arrayBuffer();
    count += readings.length;
  }
  return count;
}
