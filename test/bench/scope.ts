/** Keeps what was started, and ends it, last one first. */
export class Scope implements AsyncDisposable {
  readonly #things: (AsyncDisposable | Disposable)[] = [];
  #closed: Promise<void> | null = null;

  /** Takes `thing` into care; once the scope is closed it is ended at once. */
  keep<T extends AsyncDisposable | Disposable>(thing: T): T {
    if (this.#closed !== null) Promise.resolve(end(thing)).catch(tell);
    else this.#things.push(thing);
    return thing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Ends everything; what fails is told and does not keep the rest from being ended. */
  close(): Promise<void> {
    // Who comes second waits as well: what this scope stands on must not go before it.
    this.#closed ??= this.#endAll();
    return this.#closed;
  }

  async #endAll(): Promise<void> {
    for (let thing = this.#things.pop(); thing !== undefined; thing = this.#things.pop()) {
      try {
        await end(thing);
      } catch (error) {
        tell(error);
      }
    }
  }
}

async function end(thing: AsyncDisposable | Disposable): Promise<void> {
  if (Symbol.asyncDispose in thing) await thing[Symbol.asyncDispose]();
  else thing[Symbol.dispose]();
}

function tell(error: unknown): void {
  process.stderr.write(`could not end something that was started: ${String(error)}\n`);
}
