/** Waits until its caller has waited long enough; `over` aborts when the wait has ended otherwise. */
export type Patience = (over: AbortSignal) => Promise<void>;

/** An append that waits for room; exactly one of `enter` and `leave` is called, once. */
export interface Waiter {
  readonly bytes: number;
  /** It is this one's turn: takes the room it was shown. */
  readonly enter: () => void;
  /** There is no place to wait, or its patience has ended. */
  readonly leave: () => void;
  /** Without it, it waits as long as the line lives. */
  readonly patience?: Patience | undefined;
}

/** Appends that wait until the log has room, in the order in which they came. Bounded in number and bytes. */
export class WaitingLine {
  readonly #most: { readonly appends: number; readonly bytes: number };
  readonly #line = new Map<Waiter, AbortController>();
  #bytes = 0;
  #isClosed = false;

  constructor(most: { readonly appends: number; readonly bytes: number }) {
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#line.size === 0;
  }

  /** Takes a place at the end; sends the waiter away at once when there is none. */
  join(waiter: Waiter): void {
    const isFull = this.#line.size >= this.#most.appends || this.#bytes + waiter.bytes > this.#most.bytes;
    if (this.#isClosed || isFull) {
      waiter.leave();
      return;
    }
    const over = new AbortController();
    this.#line.set(waiter, over);
    this.#bytes += waiter.bytes;
    void waiter.patience?.(over.signal).then(() => {
      if (this.#remove(waiter)) waiter.leave();
    });
  }

  /** Lets in from the front for as long as the next one has room. */
  admit(hasRoom: (bytes: number) => boolean): void {
    for (const waiter of this.#line.keys()) {
      if (!hasRoom(waiter.bytes)) return;
      this.#remove(waiter);
      waiter.enter();
    }
  }

  /** Sends everybody away, and whoever comes later. */
  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#line.keys()) {
      this.#remove(waiter);
      waiter.leave();
    }
  }

  #remove(waiter: Waiter): boolean {
    this.#line.get(waiter)?.abort();
    const wasThere = this.#line.delete(waiter);
    if (wasThere) this.#bytes -= waiter.bytes;
    return wasThere;
  }
}
