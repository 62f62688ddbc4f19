import type { EpochMs } from '../adapter.ts';

const FIRST_WAIT_MS = 1_000;
/** For so long a unit that fell silent is asked often: most outages are short. */
const YOUNG_MS = 60_000;
const LONGEST_YOUNG_WAIT_MS = 4_000;
const LONGEST_WAIT_MS = 30_000;
/** A unit that answered in 20 ms need not be waited for a second to know that it is still away. */
const QUICK_FACTOR = 10;
const QUICK_MS = 100;
/** What waiting for the silent and the slow costs the others is a tenth of the time at most. */
const SHARE = 10;
/** So many times slower than the middle one of its neighbours: slow. */
const SLOW_FACTOR = 4;

interface Health {
  /** What its requests of one scan took when it last answered, ms. */
  scanMs: number | null;
  /** Its slowest answer of late, ms. */
  answerMs: number | null;
  failures: number;
  silentSince: EpochMs;
  retryAt: EpochMs;
}

/**
 * Knows how the units of one bus are, and so when it is worth asking: a unit that is silent is asked ever more rarely
 * and not waited for as long, one that is far slower than the rest comes last, and both only as often as the others can
 * bear. Keys are bounded by the plant file.
 */
export class UnitHealth {
  readonly #units = new Map<number, Health>();
  readonly #timeoutMs: number;
  /** Until then nobody is visited who could hold up the others. */
  #noVisitsBefore: EpochMs = 0;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** Whom to ask now, in this order: first those who answer, then `visits`, who may hold up the others. */
  order(units: readonly number[], now: EpochMs): { readonly regular: number[]; readonly visits: number[] } {
    const visits = units.filter((unit) => this.isSilent(unit) || this.#isSlow(unit, units));
    const isTooSoon = now < this.#noVisitsBefore && this.#noVisitsBefore - now <= SHARE * LONGEST_WAIT_MS;
    return {
      regular: units.filter((unit) => !visits.includes(unit)),
      visits: isTooSoon
        ? []
        : visits
            .filter((unit) => !this.#isWaiting(unit, now))
            .sort((a, b) => this.#of(a).retryAt - this.#of(b).retryAt),
    };
  }

  /** True from a failure to the next answer. */
  isSilent(unit: number): boolean {
    return this.#of(unit).failures > 0;
  }

  /** True when it ever answered. */
  isKnown(unit: number): boolean {
    return this.#of(unit).answerMs !== null;
  }

  /** How long to wait for an answer, ms. */
  deadlineMs(unit: number, now: EpochMs): number {
    const { failures, silentSince, answerMs } = this.#of(unit);
    if (failures === 0 || now - silentSince > YOUNG_MS) return this.#timeoutMs;
    const usualMs = answerMs ?? Math.max(...[...this.#units.values()].map((other) => other.answerMs ?? 0));
    return usualMs === 0 ? this.#timeoutMs : Math.min(this.#timeoutMs, Math.max(QUICK_MS, QUICK_FACTOR * usualMs));
  }

  /** It gave one answer. */
  answered(unit: number, ms: number): void {
    const health = this.#of(unit);
    health.answerMs = Math.max(ms, 1, (health.answerMs ?? 0) * 0.9);
  }

  /** It was read to the end. */
  succeeded(unit: number, scanMs: number): void {
    Object.assign(this.#of(unit), { scanMs, failures: 0 });
  }

  /** It did not answer. */
  failed(unit: number, now: EpochMs): void {
    const health = this.#of(unit);
    if (health.failures === 0) health.silentSince = now;
    const longest = now - health.silentSince > YOUNG_MS ? LONGEST_WAIT_MS : LONGEST_YOUNG_WAIT_MS;
    health.retryAt = now + Math.min(FIRST_WAIT_MS * 2 ** health.failures, longest);
    health.failures++;
  }

  /** The scan is `lateMs` longer than its period, and its visits took `visitsMs`: more is not charged to them. */
  heldUp(lateMs: number, visitsMs: number, now: EpochMs): void {
    if (lateMs > 0) this.#noVisitsBefore = now + SHARE * Math.min(lateMs, visitsMs);
  }

  #isWaiting(unit: number, now: EpochMs): boolean {
    const { failures, retryAt } = this.#of(unit);
    // A clock that was set back must not stretch the wait.
    return failures > 0 && now < retryAt && retryAt - now <= LONGEST_WAIT_MS;
  }

  #isSlow(unit: number, units: readonly number[]): boolean {
    const own = this.#of(unit).scanMs;
    const others = units.flatMap((other) => (other === unit ? [] : (this.#of(other).scanMs ?? [])));
    if (own === null || others.length < 2) return false;
    const middle = others.sort((a, b) => a - b)[others.length >> 1]!;
    return own > QUICK_MS && own > SLOW_FACTOR * middle;
  }

  #of(unit: number): Health {
    const known = this.#units.get(unit);
    if (known) return known;
    const health: Health = { scanMs: null, answerMs: null, failures: 0, silentSince: 0, retryAt: 0 };
    this.#units.set(unit, health);
    return health;
  }
}
