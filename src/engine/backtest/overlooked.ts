import { type EnginePlan, keepsLearnt, type Watch } from '../compile.ts';
import { withInputs } from '../derivations.ts';
import type { LateTag } from '../late-readings.ts';
import type { HistoryRows } from './replay.ts';

/**
 * The part of a plan whose verdicts may hang on readings of these tags: rules that read them or what is computed from them, and the
 * instruments of those. Rules that judge by the time of arrival are left out: what came late was silence then; and rules that keep
 * what they learnt: what they knew at that time is not known any more, and readings without number (an import) would teach them anew.
 */
export function planAbout(plan: EnginePlan, tags: ReadonlySet<string>): EnginePlan {
  const readBy = (watch: Watch) => readsOf(watch, plan);
  const judging = plan.watches.filter((watch) => watch.detector.time !== 'arrival' && !keepsLearnt(watch));
  const about = judging.filter((watch) => [...readBy(watch)].some((name) => tags.has(name)));
  const read = new Set(about.flatMap((watch) => [...readBy(watch)]));
  const isNeeded = (watch: Watch) =>
    about.includes(watch) || (watch.kind === 'instrument' && watch.tags.some(({ name }) => read.has(name)));
  return { ...plan, watches: judging.filter(isNeeded) };
}

/** The tags that a watch reads, and those that they are computed from. */
function readsOf({ tags, condition, alarm }: Watch, { derivations }: EnginePlan): ReadonlySet<string> {
  const names = tags.map(({ name }) => name);
  return withInputs([...names, ...(condition?.reads ?? []), ...(alarm?.reads ?? [])], derivations);
}

/** Leaves readings out of history that are not to be seen: what is left of rows, in their order. */
export class Overlooked {
  readonly #byTagId = new Map<
    number,
    { readonly from: number; readonly to: number; readonly times: Set<number> | null }
  >();

  /** `ids`: of the tags in the database, by name. */
  constructor(late: readonly LateTag[], ids: ReadonlyMap<string, number>) {
    for (const { tag, from, to, times } of late) {
      const id = ids.get(tag);
      if (id !== undefined) this.#byTagId.set(id, { from, to, times: times && new Set(times) });
    }
  }

  leaveOut({ tagId, at, value, quality }: HistoryRows): HistoryRows {
    const kept: number[] = [];
    for (let i = 0; i < at.length; i++) if (!this.#has(tagId[i]!, at[i]!)) kept.push(i);
    if (kept.length === at.length) return { tagId, at, value, quality };
    return {
      tagId: Int32Array.from(kept, (i) => tagId[i]!),
      at: Float64Array.from(kept, (i) => at[i]!),
      value: Float64Array.from(kept, (i) => value[i]!),
      quality: Uint8Array.from(kept, (i) => quality[i]!),
    };
  }

  #has(tagId: number, at: number): boolean {
    const late = this.#byTagId.get(tagId);
    if (late === undefined || at < late.from || at > late.to) return false;
    return late.times === null || late.times.has(at);
  }
}
