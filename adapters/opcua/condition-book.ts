import type { SourceCondition, SourceEvent } from '../adapter.ts';

/** What one event told: how a condition stands, or how an earlier occurrence of it does (a branch, OPC UA Part 9 §4.4). */
export interface ToldCondition {
  readonly said: SourceCondition;
  /** `null`: it is about the present. */
  readonly branch: string | null;
  /** The alarm itself says that it is not active. */
  readonly isOver: boolean;
  /** Nobody wants to hear of alarms of so low a severity; one that fell so low is over. */
  readonly isTooLow: boolean;
}

interface Entry {
  readonly state: SourceCondition['state'];
  readonly isAcknowledged: boolean;
  /** Earlier occurrences that nobody has acknowledged yet. */
  readonly branches: ReadonlySet<string>;
}

/** Conditions that are remembered of one connection: more than become alerts. Of others the last word counts as it is. */
export const MAX_REMEMBERED = 20_000;

/**
 * Puts together what the events of one connection say of each condition. An alert here covers all occurrences until somebody
 * acknowledges it, so a branch makes none of its own: that it was acknowledged acknowledges the alert. A server that keeps
 * branches gives the acknowledgement of an alarm that ended to its branch and calls the rest acknowledged, which nobody did.
 */
export class ConditionBook {
  readonly #entries = new Map<string, Entry>();
  /** What a refresh under way has listed. */
  #listed: Set<string> | 'too many' | null = null;

  /** A refresh begins. */
  begin(): void {
    this.#listed = new Set();
  }

  /** Something was lost: a refresh under way is not complete. */
  lose(): void {
    this.#listed = null;
  }

  /** A refresh ends; `null` when it was not complete, `too many` when it showed more than are remembered: no list either. */
  end(): SourceEvent | 'too many' | null {
    const listed = this.#listed;
    this.#listed = null;
    return listed instanceof Set ? { kind: 'standing', keys: [...listed] } : listed;
  }

  /** Takes what one event told; gives what is to be told of it, `null`: nothing. */
  take({ said, branch, isOver, isTooLow }: ToldCondition): SourceCondition | null {
    const before = this.#entries.get(said.key);
    if (isTooLow && !before) return null;
    return branch === null ? this.#present(said, before, isOver) : this.#earlier(said, before, branch);
  }

  #present(said: SourceCondition, before: Entry | undefined, isOver: boolean): SourceCondition {
    this.#list(said);
    const branches = before?.branches ?? new Set<string>();
    this.#remember(said.key, { state: said.state, isAcknowledged: said.acknowledged !== null, branches });
    const wasOpen = before !== undefined && before.state !== 'inactive' && !before.isAcknowledged;
    return branches.size > 0 || (wasOpen && isOver) ? { ...said, acknowledged: null } : said;
  }

  #list({ key, state }: SourceCondition): void {
    if (!(this.#listed instanceof Set)) return;
    if (state === 'inactive') this.#listed.delete(key);
    else if (this.#listed.has(key) || this.#listed.size < MAX_REMEMBERED) this.#listed.add(key);
    else this.#listed = 'too many';
  }

  #earlier(said: SourceCondition, before: Entry | undefined, branch: string): SourceCondition | null {
    const branches = new Set(before?.branches);
    const isWaiting = said.state !== 'inactive' && said.acknowledged === null;
    if (isWaiting) branches.add(branch);
    else branches.delete(branch);
    const state = before?.state ?? 'inactive';
    this.#remember(said.key, { state, isAcknowledged: before?.isAcknowledged ?? false, branches });
    if (said.acknowledged === null || state !== 'inactive' || branches.size > 0) return null;
    return { ...said, state: 'inactive' };
  }

  #remember(key: string, entry: Entry): void {
    const isOfNote = entry.state !== 'inactive' || entry.branches.size > 0;
    if (!isOfNote) this.#entries.delete(key);
    else if (this.#entries.has(key) || this.#entries.size < MAX_REMEMBERED) this.#entries.set(key, entry);
  }
}
