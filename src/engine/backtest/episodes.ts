import type { AlertEffect, AlertKind, Level, Priority } from '../../model/alert.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { DatedLife } from '../../model/remaining-life.ts';
import { asAcknowledged, type Delays } from './acknowledged.ts';

/** One time that an alert was active: from raised (again) to returned or cleared. */
export interface Episode {
  readonly rule: string;
  readonly kind: AlertKind;
  readonly tag: string | null;
  readonly asset: string | null;
  readonly priority: Priority;
  readonly from: EpochMs;
  /** `null`: still active at the end. */
  readonly to: EpochMs | null;
  /** The worst one. */
  readonly level: Level | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly explanation: string;
  /** When the limit would be reached, as it was said at that level first. */
  readonly rul?: DatedLife;
}

/** What of a transition makes episodes; the engine's transitions and the lines of the journal both have it. */
export interface EpisodeMove {
  readonly alert: string;
  readonly rule: string;
  readonly kind: AlertKind;
  readonly tag: string | null;
  readonly asset: string | null;
  readonly priority: Priority;
  readonly at: EpochMs;
  readonly effect: AlertEffect;
  readonly level: Level | null;
  readonly value: number | null;
  readonly limit: number | null;
  readonly explanation: string | null;
  readonly rul?: DatedLife | null;
}

/** Collects episodes, a bounded number of them. */
export class EpisodeBook {
  /** Episodes that were beyond the bound. */
  dropped = 0;
  readonly #from: EpochMs;
  readonly #most: number;
  readonly #delaysOf: (rule: string) => Delays | null;
  /** Of those that are open, the alerts that were raised again. */
  readonly #again = new Set<string>();
  readonly #open = new Map<string, Episode>();
  readonly #closed: Episode[] = [];

  /**
   * Episodes that begin before `from` are left out: they belong to the time in which the rules only warm up. `delaysOf` a rule: what
   * was raised again is taken as if it had been acknowledged before, and kept as it is where that is `null` or absent.
   */
  constructor({
    from,
    most,
    delaysOf = () => null,
  }: { readonly from: EpochMs; readonly most: number; readonly delaysOf?: (rule: string) => Delays | null }) {
    this.#from = from;
    this.#most = most;
    this.#delaysOf = delaysOf;
  }

  take(move: EpisodeMove): void {
    const { alert, rule, kind, tag, asset, priority, at, level, value, limit, explanation, rul } = move;
    const open = this.#open.get(alert);
    switch (move.effect) {
      case 'raised':
      case 'raised again':
        if (move.effect === 'raised again') this.#again.add(alert);
        this.#open.set(alert, {
          rule,
          kind,
          tag,
          asset,
          priority,
          from: at,
          to: null,
          level,
          value,
          limit,
          explanation: explanation ?? '',
          ...(rul && { rul }),
        });
        return;
      case 'changed':
        if (open && isWorse(level, open.level)) {
          const said = { explanation: explanation ?? open.explanation, ...(rul && { rul }) };
          this.#open.set(alert, { ...open, level, value, limit, ...said });
        }
        return;
      case 'acknowledged':
      case 're-alarmed':
      case 'corrected':
        return;
      case 'returned':
      case 'cleared':
        if (open) this.#close(alert, { ...open, to: at });
        this.#open.delete(alert);
    }
  }

  /** All of them, oldest first; what is open stays open. */
  finish(): readonly Episode[] {
    for (const [alert, open] of this.#open) this.#close(alert, open);
    this.#open.clear();
    return this.#closed.sort((a, b) => a.from - b.from || (a.rule < b.rule ? -1 : 1));
  }

  #close(alert: string, told: Episode): void {
    const delays = this.#again.delete(alert) ? this.#delaysOf(told.rule) : null;
    const episode = delays === null ? told : asAcknowledged(told, delays);
    if (episode === null || episode.from < this.#from) return;
    if (this.#closed.length < this.#most) this.#closed.push(episode);
    else this.dropped++;
  }
}

function isWorse(level: Level | null, than: Level | null): boolean {
  const isOuter = (each: Level | null) => each === 'HH' || each === 'LL';
  return isOuter(level) && !isOuter(than);
}
