import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../model/clock.ts';
import { isOurs } from '../../model/errors.ts';
import { THREAD_REST_MS } from '../../model/thread-rest.ts';
import { Niceness, standBack } from '../stand-back.ts';
import type { BacktestProgress, BacktestWorkerData, FromBacktest } from './messages.ts';
import { runBacktest } from './run.ts';

/** Nobody sees progress more often. */
const PROGRESS_EVERY_MS = 100;

/** The thread of one back-test: runs it, tells how far it is, and ends. */
async function work(data: BacktestWorkerData, port: NonNullable<typeof parentPort>): Promise<void> {
  standBack(Niceness.backtest);
  const cancelling = new AbortController();
  const post = (message: FromBacktest) => port.postMessage(message);
  port.on('message', () => cancelling.abort()); // there is only one message
  let toldAt = 0;
  const onProgress = (progress: BacktestProgress) => {
    const now = systemClock.now();
    if (now - toldAt < PROGRESS_EVERY_MS) return;
    toldAt = now;
    post({ kind: 'progress', ...progress });
  };
  try {
    const { databaseUrl } = data;
    const report = await runBacktest(data, { databaseUrl, clock: systemClock, signal: cancelling.signal, onProgress });
    post(report === null ? { kind: 'cancelled' } : { kind: 'done', report });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    post({ kind: 'failed', code: isOurs(error) ? error.code : 'rule_failed', message });
  } finally {
    await systemClock.sleep(THREAD_REST_MS);
    port.close();
  }
}

if (parentPort) await work(workerData as BacktestWorkerData, parentPort); // started only by backtest/host.ts
