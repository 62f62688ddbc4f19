import type { Condition, Signals } from '../../rules/expression.ts';
import { askWindow, sayQuality, sinceGoodMs } from '../../rules/window/signal.ts';
import type { EpochMs } from '../model/reading.ts';
import type { ConditionState, TagState } from './carriers.ts';

/** What conditions read: the newest values, windows and the like of the engine's tags, at the time of the log. */
export class Answers {
  /** Newest time of the log. */
  now: EpochMs = 0;
  readonly #tags: ReadonlyMap<string, TagState>;
  /** What expressions ask besides newest values. */
  readonly signals: Signals;
  readonly #read = (name: string) => this.#tags.get(name)?.value ?? null;

  constructor(tags: ReadonlyMap<string, TagState>) {
    this.#tags = tags;
    this.signals = {
      window: (call) => askWindow(this.#signalOf(call.tag), call, this.#nowOf(call.tag)),
      quality: (tag) => sayQuality(this.#signalOf(tag)),
      sinceMs: (tag) => sinceGoodMs(this.#signalOf(tag), this.#nowOf(tag)),
    };
  }

  /** Whether a condition holds, `null` = unknown. Evaluated again only where something it hangs on has changed. */
  of(state: ConditionState): boolean | null {
    if (state.isStale || state.isTimed) {
      state.isStale = false;
      state.holds = state.condition.evaluate(this.#read, this.signals);
    }
    return state.holds;
  }

  /**
   * What an expression rule's detector is given: the answer, and the two sides of the comparison it hangs on, with `sides` of
   * `when true` only where it holds: most of the time nobody wants to know them.
   */
  inputsOf(
    state: ConditionState,
    { into, sides: wanted }: { readonly into: Float64Array; readonly sides: 'when true' | 'always' },
  ): Float64Array {
    const holds = this.of(state);
    const isWanted = holds === true || (holds === false && wanted === 'always');
    const { sides }: Condition = state.condition;
    into[0] = holds === null ? Number.NaN : Number(holds);
    into[1] = (isWanted ? sides?.left.evaluate(this.#read, this.signals) : null) ?? Number.NaN;
    into[2] = (isWanted ? sides?.right.evaluate(this.#read, this.signals) : null) ?? Number.NaN;
    return into;
  }

  #signalOf(tag: string) {
    return this.#tags.get(tag)?.signal ?? null;
  }

  /** Now in the time of the tag's own device. */
  #nowOf(tag: string): EpochMs {
    return this.now + (this.#tags.get(tag)?.skewMs ?? 0);
  }
}
