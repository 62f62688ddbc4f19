import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdapterContext, AdapterModule, Reading, SinkOutcome } from '../../adapters/adapter.ts';
import { adapters } from '../../adapters/index.ts';
import { systemClock } from '../../src/model/clock.ts';
import type { Source } from '../../src/model/plant.ts';
import { plantOf } from './service.ts';

/** What an adapter did with its context. */
export interface AdapterRun {
  readonly readings: readonly Reading[];
  readonly discarded: ReadonlyMap<string, number>;
  readonly outcomes: readonly { readonly unit?: string; readonly code?: string; readonly ms: number }[];
  /** How often it said that it is connected. */
  connections(): number;
  /** How `run` ended: `null` when it returned, else what it threw. Never rejects. */
  readonly ended: Promise<unknown>;
  /** Aborts it; says how long it took to end, ms. */
  stop(): Promise<number>;
}

/** What an adapter is run with, where it is not the ordinary. */
export interface AdapterRunOptions {
  readonly sink?: (batch: readonly Reading[]) => Promise<SinkOutcome>;
  /** Folder of the source; without it one is made and removed. */
  readonly directory?: string;
  /** Calls `run` again after it threw, as the supervisor does, this much later, ms. */
  readonly redialMs?: number;
  /** Hears of the signal of each attempt once that has ended, to see who still listens to it. */
  readonly onEnd?: (signal: AbortSignal) => void;
}

/** The only source of a plant file, with its adapter: settings are read as the service reads them. */
export function sourceOf(plantText: string): { readonly source: Source; readonly adapter: AdapterModule } {
  const [source] = plantOf(plantText).sources;
  if (source === undefined) throw new Error('the plant file has no source');
  const adapter = adapters.find(({ kind }) => kind === source.kind);
  if (adapter === undefined || !('run' in adapter)) throw new Error(`there is no adapter ${source.kind} that dials`);
  return { source, adapter };
}

/** Runs the adapter of a plant file's only source, as the supervisor would but for the log behind it. */
export function runAdapter(plantText: string, options: AdapterRunOptions = {}): AdapterRun {
  const { source, adapter } = sourceOf(plantText);
  const controller = new AbortController();
  const ownDirectory = options.directory === undefined ? mkdtempSync(join(tmpdir(), 'adapter-')) : null;
  const readings: Reading[] = [];
  const outcomes: { unit?: string; code?: string; ms: number }[] = [];
  const discarded = new Map<string, number>();
  let connections = 0;
  const newest = new Map<string, number>();
  const contextOf = (signal: AbortSignal): AdapterContext => ({
    clock: systemClock,
    signal,
    directory: options.directory ?? join(ownDirectory!, source.id),
    sink: async (batch) => {
      const outcome = await (options.sink?.(batch) ?? Promise.resolve({ accepted: batch.length, rejected: [] }));
      for (const reading of batch) {
        readings.push(reading);
        newest.set(reading.tag, reading.at);
      }
      return outcome;
    },
    connected: () => {
      connections++;
    },
    discard: (reason, count) => {
      discarded.set(reason, (discarded.get(reason) ?? 0) + count);
    },
    observe: (outcome) => {
      outcomes.push(outcome);
    },
    lastStored: (tag) => newest.get(tag) ?? null,
    waveform: async () => null,
    frame: async () => null,
    event: async () => undefined,
  });
  const attempt = async (): Promise<unknown> => {
    const own = new AbortController();
    const stop = () => own.abort();
    controller.signal.addEventListener('abort', stop, { once: true });
    try {
      await adapter.run(
        source.config,
        source.bindings.filter(({ address }) => address !== undefined),
        contextOf(own.signal),
      );
      return null;
    } catch (error) {
      return error;
    } finally {
      options.onEnd?.(own.signal);
      own.abort();
      controller.signal.removeEventListener('abort', stop);
    }
  };
  const run = async (): Promise<unknown> => {
    for (;;) {
      const end = await attempt();
      if (options.redialMs === undefined || controller.signal.aborted) return end;
      await systemClock.sleep(options.redialMs, controller.signal);
    }
  };
  const ended = run().finally(() => {
    if (ownDirectory !== null) rmSync(ownDirectory, { recursive: true, force: true });
  });
  return {
    readings,
    discarded,
    outcomes,
    connections: () => connections,
    ended,
    stop: async () => {
      const stoppedAt = performance.now();
      controller.abort();
      await ended;
      return performance.now() - stoppedAt;
    },
  };
}
