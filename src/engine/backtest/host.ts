import { type ErrorCode, RuleError, StoreError } from '../../model/errors.ts';
import { startThread } from '../start-thread.ts';
import type {
  BacktestProgress,
  BacktestReport,
  BacktestRequest,
  BacktestWorkerData,
  FromBacktest,
} from './messages.ts';

/** A thread that does not answer a cancel within this is ended. */
const CANCEL_MS = 1_000;
/** The engine of a plant of 10,000 tags needs 100 MB; a back-test that needs more is wrong. */
const HEAP_MB = 1_024;

/**
 * Runs a back-test in a thread of its own. `null` when `signal` aborted: then its thread and its statements have ended.
 * Throws our errors: the database went away, a rule cannot be compiled.
 */
export async function backtest(
  request: BacktestRequest,
  context: {
    readonly databaseUrl: string;
    readonly signal: AbortSignal;
    readonly onProgress: (progress: BacktestProgress) => void;
  },
): Promise<BacktestReport | null> {
  const { databaseUrl, signal, onProgress } = context;
  if (signal.aborted) return null;
  const disarmed = { ...request, plant: { ...request.plant, endpoints: [] } }; // it has no use for their secrets
  const present = request.present && { ...request.present, endpoints: [] };
  const workerData: BacktestWorkerData = { ...disarmed, present, databaseUrl };
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB };
  const worker = startThread(new URL('./worker.js', import.meta.url), { workerData, resourceLimits });
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => {
    worker.postMessage({ kind: 'cancel' });
    timer = setTimeout(() => void worker.terminate(), CANCEL_MS);
  };
  signal.addEventListener('abort', cancel);
  try {
    return await new Promise<BacktestReport | null>((resolve, reject) => {
      let outcome: FromBacktest | null = null;
      worker.on('message', (message: FromBacktest) => {
        if (message.kind === 'progress') onProgress(message);
        else outcome = message;
      });
      worker.on('error', (error) => {
        reject(new RuleError('rule_failed', `the back-test broke off: ${error.message}`, { cause: error }));
      });
      worker.on('exit', () => settle(outcome, { signal, resolve, reject }));
    });
  } finally {
    signal.removeEventListener('abort', cancel);
    clearTimeout(timer);
  }
}

function settle(
  outcome: FromBacktest | null,
  to: {
    readonly signal: AbortSignal;
    readonly resolve: (report: BacktestReport | null) => void;
    readonly reject: (error: Error) => void;
  },
): void {
  if (outcome?.kind === 'done') to.resolve(outcome.report);
  else if (to.signal.aborted) to.resolve(null);
  else if (outcome?.kind === 'failed')
    to.reject(new StoreError(outcome.code as ErrorCode, outcome.message)); // ours, see worker
  else to.reject(new RuleError('rule_failed', 'the thread of the back-test ended by itself'));
}
