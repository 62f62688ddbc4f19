import type { Static, TSchema } from 'typebox';
import type { Clock } from '../src/model/clock.ts';
import { isOurs } from '../src/model/errors.ts';
import type { TagNature } from '../src/model/plant.ts';
import type { EpochMs, Reading } from '../src/model/reading.ts';
import type { EventRemark, SourceEvent } from '../src/model/source-event.ts';
import type { DiscardReason } from '../src/model/source-state.ts';
import { StatusCode } from '../src/model/status-code.ts';
import type { CaptureRefusal, ThermalFrame, Waveform } from '../src/model/waveform.ts';

export type { Clock } from '../src/model/clock.ts';
export { duration } from '../src/model/duration.ts';
export { AdapterError } from '../src/model/errors.ts';
export type { TagNature } from '../src/model/plant.ts';
export type { EpochMs, Quality, Reading } from '../src/model/reading.ts';
export type { EventSubject, SourceCondition, SourceEvent } from '../src/model/source-event.ts';
export type { DiscardReason } from '../src/model/source-state.ts';
export { StatusCode } from '../src/model/status-code.ts';
export type { CaptureRefusal, ThermalFrame, Waveform } from '../src/model/waveform.ts';

/** One tag and where it lies on the device. */
export interface Binding<A> {
  /** `<asset>.<tag>`. */
  readonly tag: string;
  readonly address: A;
  /** What a good value would look like; given when a person asks (`probe`). */
  readonly hint?: {
    /** UCUM code. */
    readonly unit: string | null;
    readonly range: readonly [low: number, high: number] | null;
  };
}

/** A reading that will not be stored, and why. `index` counts in the batch that was given to `sink`. */
export interface Rejection {
  readonly index: number;
  readonly code: DiscardReason;
  readonly reason: string;
}

/** What became of a batch. Rejections are already counted; a source that can answer item by item passes them on. */
export interface SinkOutcome {
  readonly accepted: number;
  readonly rejected: readonly Rejection[];
}

/**
 * Everything an adapter gets from the rest of the program: no database, no config file, no logger, no global.
 *
 * The adapter promises: it calls `connected` when its link is up, gives every reading to `sink`, acks its source only
 * after `sink` resolved, counts what it throws away with `discard`, and stops within a second of `signal`.
 * The supervisor promises: it never calls `run` twice at once, and calls it again, with back-off, after it threw.
 */
export interface AdapterContext {
  /** Resolves when the batch would survive a power cut. Rejects (`log_full`, `log_closed`) when it would not: do not ack. */
  readonly sink: (batch: readonly Reading[]) => Promise<SinkOutcome>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Folder of this source's own, for what must outlive a restart (certificates, trust). Make it before use, mode 0700. */
  readonly directory: string;
  /** Link is up: resets the back-off, turns the source green. May be called again after every reconnect. */
  connected(): void;
  /** Counts what cannot become a reading. `from`: where the newest of it came from, for a person: a topic. */
  discard(reason: DiscardReason, count: number, from?: string): void;
  /** One request's outcome, for diagnosis in words. `unit`: the part asked (unit id, node). `code`: absent = success. */
  observe(outcome: { readonly unit?: string; readonly code?: string; readonly ms: number }): void;
  /** Tells people of what is not yet a failure, in a sentence that stays the same while it is true; the log repeats it once a day. */
  readonly warn?: (sentence: string) => void;
  /**
   * Says what a tag is that the source found by itself, before its readings. It is shown with an adopted tag, and judges no value:
   * a range counts when a person writes it into the plant file.
   */
  readonly describe?: (tag: string, nature: TagNature) => void;
  /** Time of the newest stored reading of a tag: where a back-fill begins. */
  lastStored(tag: string): EpochMs | null;
  /**
   * Takes a waveform as `sink` takes readings: resolves with `null` when it would survive a power cut, with why when it will not be
   * kept (already counted). Its samples may be used again afterwards.
   */
  waveform(waveform: Waveform): Promise<CaptureRefusal | null>;
  /** Takes a thermal frame in the same way. */
  frame(frame: ThermalFrame): Promise<CaptureRefusal | null>;
  /**
   * Takes what the source says of its own alarms, which become alerts of kind `external`. Resolves when it would survive a power
   * cut, with a remark when not all of it was taken; rejects as `sink` does. Telling the same state again changes nothing.
   */
  event(event: SourceEvent): Promise<EventRemark | undefined>;
}

/** What asking a device once needs of all that. */
export type AskContext = Pick<AdapterContext, 'clock' | 'signal' | 'directory'>;

/** What one address gave when it was asked once. */
export interface ProbedTag {
  readonly tag: string;
  readonly reading: Reading | null;
  /** Why there is no trustworthy value and what to do; `null`: there is one. */
  readonly problem: string | null;
}

/** What a device answered, and what reading it all the time would cost. */
export interface ProbeReport {
  readonly tags: readonly ProbedTag[];
  /** Lines for a person: the plan, the server's certificate, ranked guesses. */
  readonly notes: readonly string[];
}

/** What a person asked of a probe beside reading each address. */
export interface ProbeOptions {
  /** Rank how the raw values of this tag could be read; all tags if it is `true`. */
  readonly guess?: string | true;
  /** Trust the server certificate with this SHA-1 thumbprint, hex, from now on. */
  readonly trust?: string;
  /** Tags of this source without an address: patterns of its own name them, and the probe says of them, too, what came. */
  readonly named?: readonly string[];
}

/** One value a device offers, ready to be pasted into a plant file. */
export interface FoundTag<A = unknown> {
  /** Its name on the device. */
  readonly name: string;
  /** `null`: patterns of the source itself find it, as `tag`. */
  readonly address: A | null;
  /** `<asset>.<tag>` that these patterns make of it. */
  readonly tag?: string;
  /** UCUM code, or `null` when the device does not say. */
  readonly unit: string | null;
  readonly range: readonly [low: number, high: number] | null;
  /** Its value now, for a person to recognise it by. */
  readonly value: number | string | boolean | null;
}

/** A protocol client: one function that connects, delivers, and throws when the link breaks. */
export interface AdapterModule<C extends TSchema = TSchema, A extends TSchema = TSchema> {
  /** The word after `kind:` in the plant file. */
  readonly kind: string;
  /** Connection settings: one schema gives validation, types, docs and sample. */
  readonly config: C;
  /** How one tag is addressed on this protocol. */
  readonly address: A;
  /** What the schema cannot say: why settings do not go together, in words; `null` when they do. */
  checkConfig?(config: Static<C>): string | null;
  /** The same for an address. */
  checkAddress?(address: Static<A>): string | null;
  /**
   * How often it brings a reading of each tag, ms; `null` = only when something changes. Absent: as often as the devices
   * please, which the completeness ledger learns.
   */
  dueEveryMs?(config: Static<C>): number | null;
  /**
   * Loads what is heavy to load, once, before any source dials: loading holds up the event loop, and a source that is
   * being read meanwhile would look late.
   */
  prepare?(): Promise<void>;
  /**
   * Runs until `ctx.signal` aborts (then returns) or the link breaks (then throws `AdapterError`, within its own
   * deadlines, never hanging). Leaves no socket, timer or listener behind in either case.
   */
  run(config: Static<C>, bindings: readonly Binding<Static<A>>[], ctx: AdapterContext): Promise<void>;
  /** Asks each address once; throws `AdapterError` only when the device can't be asked at all. */
  probe?(
    config: Static<C>,
    bindings: readonly Binding<Static<A>>[],
    options: ProbeOptions,
    ctx: AskContext,
  ): Promise<ProbeReport>;
  /** Lists what the device offers whose name fits `glob` (`*` within a level, `**` across levels). */
  discover?(config: Static<C>, glob: string, ctx: AskContext): AsyncIterable<FoundTag<Static<A>>>;
}

/**
 * Gives one scan of a polling adapter to `sink`. A full log costs scans, not the link: one that is refused is counted
 * there, and those that fall due while this one waits for room are counted here, as `log_full`. Returns at once when
 * `ctx.signal` aborts; what becomes of the scan is counted by the sink.
 */
export async function deliverScan(batch: readonly Reading[], periodMs: number, ctx: AdapterContext): Promise<void> {
  const startedAt = ctx.clock.now();
  const stored = ctx.sink(batch).then(
    () => null,
    (error: unknown) => error,
  );
  const error = await untilAborted(stored, ctx.signal);
  if (error !== null && (!isOurs(error) || error.code !== 'log_full')) throw error;
  const missed = Math.floor((ctx.clock.now() - startedAt) / periodMs);
  if (missed > 0) ctx.discard('log_full', missed * batch.length);
}

/**
 * The same context, for an adapter whose device decides what is a text: a text that is refused as its tag is a number makes a `bad`
 * reading of the tag, so that it is not just silent.
 */
export function sayingBadForTexts(ctx: AdapterContext): AdapterContext {
  return {
    ...ctx,
    sink: async (batch) => {
      const outcome = await ctx.sink(batch);
      const bad = outcome.rejected.flatMap(({ index, code }): Reading[] => {
        const { tag, at, text } = batch[index]!;
        if (code !== 'not_a_number' || text === undefined) return [];
        return [{ tag, at, value: null, quality: 'bad', code: StatusCode.badConfigurationError }];
      });
      if (bad.length > 0) await ctx.sink(bad);
      return outcome;
    },
  };
}

/** What `work` gives, or `null` as soon as `signal` aborts. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(null);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
