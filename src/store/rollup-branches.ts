import type { EpochMs } from '../model/reading.ts';
import { GRAIN_MS, type Grain } from '../model/rollup.ts';
import type { Session } from './database.ts';
import { toTimestamp } from './readings.ts';
import { FIGURES, figuresOf, type RollupsKeptAs, STORED, truncated } from './rollups.ts';

/**
 * From where on our own tables hold no rollups: what is younger is made from readings. `null` when TimescaleDB keeps them,
 * so that only the views know. An answer that is a moment old is as true as a new one: what was rolled up stays there.
 */
export async function readRollupEnd(session: Session): Promise<EpochMs | null> {
  const known = ends.get(session);
  if (known !== undefined && performance.now() < known.until) return known.end;
  const end = await askRollupEnd(session);
  ends.set(session, { end, until: performance.now() + KNOWN_MS });
  return end;
}

/** A chart asks for it before its only other statement: asking each time would double its journeys to the database. */
const KNOWN_MS = 1_000;
const ends = new WeakMap<Session, { readonly end: EpochMs | null; readonly until: number }>();

async function askRollupEnd(session: Session): Promise<EpochMs | null> {
  const { rows } = await session.query<{ keptAs: RollupsKeptAs; end: number | null }>(
    `select kept_as as "keptAs", date_part('epoch', materialised) * 1000 as end from rollup_state`,
  );
  const { keptAs, end } = rows[0]!;
  return keptAs === 'tables' ? (end ?? 0) : null;
}

/** Whole buckets of one rollup and of some tags. */
export interface RolledUp {
  readonly grain: Exclude<Grain, 'raw'>;
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** What `readRollupEnd` said. */
  readonly end: EpochMs;
  /** A condition on `tag_id`. */
  readonly tags: string;
  /** Takes a value of the statement; gives what stands for it in the text. */
  readonly parameter: (value: string) => string;
}

/**
 * Selects that together give the rows which the view `reading_minute`, `reading_hour` or `reading_day` has for a stretch of
 * time. The view has to name every partition that could matter and asks at each mention where rollups end, which costs the
 * planner 4 ms for a year of hours; these name only what is needed.
 */
export function branchesOf({ grain, from, to, end, tags, parameter }: RolledUp): string[] {
  const storedTo = Math.floor(end / GRAIN_MS[grain]) * GRAIN_MS[grain];
  const within = (begin: EpochMs, until: EpochMs) =>
    `where ${tags} and at >= ${parameter(toTimestamp(begin))} and at < ${parameter(toTimestamp(until))}`;
  const branches: string[] = [];
  if (from < storedTo)
    branches.push(`select tag_id, at, ${FIGURES} from ${STORED[grain].name} ${within(from, Math.min(to, storedTo))}`);
  if (to > storedTo) {
    const begin = Math.max(from, storedTo);
    const younger = { from: begin, to, end, tags, parameter };
    const finer =
      grain === 'minute'
        ? `reading ${within(begin, to)}`
        : `(${branchesOf({ grain: grain === 'day' ? 'hour' : 'minute', ...younger }).join(' union all ')}) as finer`;
    branches.push(`select tag_id, ${truncated(grain)} as at, ${figuresOf(grain)} from ${finer} group by 1, 2`);
  }
  return branches;
}
