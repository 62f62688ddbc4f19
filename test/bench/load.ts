import { setTimeout as sleep } from 'node:timers/promises';
import type { Peer } from '../kit/peer.ts';
import type { Bench } from './figure.ts';
import type { BenchService } from './service.ts';

const POLL_MS = 5;
const LONGEST_MS = 3_600_000;
/** What a generator prints at its end. */
const LINE = /^\{.*\}$/m;

/** What a generator said at its end. Times are `performance.now()` of this process. */
export interface Load {
  readonly readings: number;
  readonly beganAt: number;
  readonly endedAt: number;
  /** Milliseconds from sending to the answer (PUBACK of the broker, or HTTP). */
  readonly p99: number;
}

/** Runs a generator to its end. Fails when it was not answered well each time. */
export async function runLoad(
  bench: Bench,
  name: 'mqtt-load' | 'http-load',
  options: Readonly<Record<string, string | number | true>>,
): Promise<Load> {
  return untilLoaded(bench.keep(bench.tools.start(name, { ...options, json: true })));
}

/** Waits for the end of a generator that was started with `json`. */
export async function untilLoaded(generator: Peer): Promise<Load> {
  // Its own way to wait asks ten times a second, which would be too coarse for what is computed from it.
  let hasEnded = false;
  const done = generator.untilDone(LONGEST_MS).finally(() => {
    hasEnded = true;
  });
  done.catch(() => undefined); // told by the await below
  while (!hasEnded && !LINE.test(generator.output())) await sleep(POLL_MS);
  const endedAt = performance.now();
  await done;
  // Written by the generators; their --help says what each is.
  const said = JSON.parse(LINE.exec(generator.output())![0]) as {
    readings: number;
    accepted?: number;
    seconds: number;
    status?: Record<string, number>;
    ack_ms?: { p99: number };
    latency_ms?: { p99: number };
  };
  if (said.accepted !== undefined && said.accepted !== said.readings) {
    throw new Error(`${said.readings} readings were pushed, ${said.accepted} accepted: ${JSON.stringify(said.status)}`);
  }
  const p99 = said.ack_ms?.p99 ?? said.latency_ms?.p99 ?? Number.NaN;
  return { readings: said.readings, beganAt: endedAt - said.seconds * 1_000, endedAt, p99 };
}

/** One load through the service, counted from the first reading sent to the last one committed. */
export interface LineRound {
  readonly readings: number;
  readonly readingsPerSecond: number;
  readonly cpuSecondsPerMillion: number;
}

/** Sends a load through the service and waits for its last row. */
export async function throughTheLine(service: BenchService, load: () => Promise<Load>): Promise<LineRound> {
  const before = await service.stored();
  const cpuBefore = service.cpuSeconds();
  const { readings, beganAt } = await load();
  const storedAt = await service.untilStored(before + readings);
  await service.untilIdle(); // the rules may still be at it: their CPU counts, their time does not
  return {
    readings,
    readingsPerSecond: (readings / (storedAt - beganAt)) * 1_000,
    cpuSecondsPerMillion: ((service.cpuSeconds() - cpuBefore) / readings) * 1_000_000,
  };
}

/** Stretches of time for generated readings. */
export interface TimeGrid {
  /** From one reading of a tag to its next. */
  readonly stepMs: number;
  /** Start of the next stretch, EpochMs. */
  next(readingsPerTag: number): number;
}

/**
 * Times for generated readings that never meet, of the last minute or so: what machines send is current. Each call gives
 * the start of the next stretch. A thousandth of a second from one reading of a tag to the next is less than what any load
 * here takes, so no stretch reaches into the future.
 */
export function timeGrid(): TimeGrid {
  const stepMs = 1;
  let at = 0;
  return {
    stepMs,
    next: (readingsPerTag) => {
      const from = Math.max(at, Date.now() - 60_000);
      at = from + (readingsPerTag + 1) * stepMs;
      return from;
    },
  };
}
