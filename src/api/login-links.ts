import type { Clock } from '../model/clock.ts';
import { hashSecret, newToken } from './keys.ts';

const VALID_MS = 60 * 60_000;
const MAX_OPEN = 20;

/** Links that sign one person in, once, within an hour. Kept in memory only: a restart makes a new one. */
export class LoginLinks {
  readonly #clock: Clock;
  readonly #open = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new token for `/login?token=…`. */
  create(): string {
    const token = newToken();
    if (this.#open.size >= MAX_OPEN) this.#open.delete(this.#open.keys().next().value!); // the oldest
    this.#open.set(nameOf(token), this.#clock.now() + VALID_MS);
    return token;
  }

  /** True once for each token that was given out and is not over. */
  redeem(token: string): boolean {
    const until = this.#open.get(nameOf(token));
    this.#open.delete(nameOf(token));
    return until !== undefined && until > this.#clock.now();
  }
}

function nameOf(token: string): string {
  return hashSecret(token).toString('base64');
}
