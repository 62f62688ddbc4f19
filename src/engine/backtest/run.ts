import type { Clock } from '../../model/clock.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { Transition } from '../../model/transition.ts';
import { listAlertLines } from '../../store/alert-lines.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { listForgetCommands } from '../../store/forget-commands.ts';
import { streamHistory } from '../../store/history-stream.ts';
import { newestAt } from '../../store/latest-readings.ts';
import { listDoneWorkOrders, listRecordedTransitions, type RecordedTransition } from '../../store/recorded-alerts.ts';
import { findTags } from '../../store/tags.ts';
import { compilePlan, type EnginePlan, keepsLearnt } from '../compile.ts';
import { withInputs } from '../derivations.ts';
import { lessonsIn } from '../lessons/lessons.ts';
import { TAKEN_AS_ACKNOWLEDGED, takenAsAcknowledged } from './acknowledged.ts';
import { type Change, compareEpisodes } from './compare.ts';
import { Coverage } from './coverage.ts';
import { EpisodeBook } from './episodes.ts';
import { judgeEpisodes, type Label } from './judge.ts';
import { linksOf } from './links.ts';
import type { BacktestProgress, BacktestReport, BacktestRequest, RuleSummary, TriedPlant } from './messages.ts';
import { operatorsIn } from './operators.ts';
import { Overlooked, planAbout } from './overlooked.ts';
import { Replay } from './replay.ts';

/** Most episodes of either side; the rest is counted. */
export const MAX_EPISODES = 20_000;
/** Most differences in a report. */
export const MAX_CHANGES = 1_000;
/** Most lines of the journal, and most jobs, that are read. */
const MAX_JOURNAL = 100_000;
const MAX_WORK_ORDERS = 10_000;
const MAX_FORGETS = 10_000;
/** An end of history that is nearer than this is the newest reading. */
const WORTH_SAYING_MS = 60_000;

/** What a back-test runs with. */
export interface BacktestContext {
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BacktestProgress) => void;
}

/**
 * Runs rules over stored history, through the engine that runs live. `null` when `signal` aborts. Throws what the database
 * throws. Only reads; memory does not grow with the range, but with the number of alerts, up to `MAX_EPISODES`.
 */
export async function runBacktest(request: BacktestRequest, context: BacktestContext): Promise<BacktestReport | null> {
  const database = openDatabase(context.databaseUrl, { connections: 1, name: 'back-test' });
  try {
    return await run(request, context, database);
  } finally {
    await database.close();
  }
}

async function run(
  request: BacktestRequest,
  { databaseUrl, clock, signal, onProgress }: BacktestContext,
  database: Database,
): Promise<BacktestReport | null> {
  const { from, to, plant, present, overlooked } = request;
  const beganAt = clock.now();
  const plan = planOf(plant, request);
  const presentPlan = present && planOf(present, request);
  const plans = presentPlan ? [plan, presentPlan] : [plan];
  const names = [...new Set(plans.flatMap(tagsReadBy))];
  const tags = await findTags(database, names);

  const now = new EpisodeBook({ from, most: MAX_EPISODES });
  const delays = new Map(plant.rules.map((rule) => [rule.id, rule]));
  const delaysOf = (rule: string) => (present === null ? (delays.get(rule) ?? null) : null);
  const before = new EpisodeBook({ from, most: MAX_EPISODES, delaysOf });
  const begin = from - request.warmUpMs;
  const journalRange = { from: begin, to, limit: MAX_JOURNAL };
  const outages = await listRecordedTransitions(database, { ...journalRange, kinds: ['communications'] });
  const played = plans.map((each, index) => ({ plan: each, onTransition: collector(index === 0 ? now : before) }));
  // What a correction is held against are alerts that people acknowledged and reset, and some that had been open before.
  const operators =
    overlooked && operatorsIn(await listAlertLines(database, { from: begin, to, limit: MAX_JOURNAL }), begin);
  const stage = {
    names: new Map(tags.map(({ id, name }) => [id, name])),
    from: begin,
    links: linksOf(outages, [...plant.sources, ...(present?.sources ?? [])]),
    forgets: await listForgetCommands(database, { from: begin, to, limit: MAX_FORGETS }),
    ...(operators && { operators }),
  };
  const replay = new Replay({ ...stage, plans: overlooked ? played.slice(0, 1) : played });
  const without = overlooked && new Replay({ ...stage, plans: played.slice(1) });
  const left = overlooked && new Overlooked(overlooked, new Map(tags.map(({ id, name }) => [name, id])));
  let readings = 0;
  const coverage = new Coverage({ from, tagIds: tags.map(({ id }) => id) });
  const historyEnd = (await newestAt(database)) ?? to;
  const ending = () => Math.min(to, Math.max(historyEnd, coverage.lastAt ?? 0));
  const range = { tagIds: tags.map(({ id }) => id), from: begin, to };
  const sink = {
    rows: (rows: Parameters<Replay['rows']>[0]) => {
      readings += rows.at.length;
      coverage.rows(rows);
      replay.rows(rows);
      if (left) without?.rows(left.leaveOut(rows));
      onProgress({ at: rows.at.at(-1)!, readings });
    },
    reached: (at: EpochMs) => {
      const known = Math.min(at, ending()); // time that nothing is known of is no silence
      replay.reached(known);
      without?.reached(known);
      onProgress({ at, readings });
    },
  };
  await streamHistory(databaseUrl, range, sink, signal);
  if (signal.aborted) return null;

  if (present === null) {
    const journal = await listRecordedTransitions(database, { ...journalRange, kinds: ['machine', 'instrument'] });
    for (const line of journal) if (isAsked(line.rule, request.rules)) before.take(line);
  }
  const episodes = now.finish();
  const changes = compareEpisodes(before.finish(), episodes);
  const labels = [...request.labels, ...(await workOrderLabels(database, request))];
  return {
    from,
    to,
    readings,
    tags: tags.length,
    elapsedMs: clock.now() - beganAt,
    against: present === null ? 'journal' : 'rules',
    rules: summarise(changes),
    changes: changes.slice(0, MAX_CHANGES),
    changesLeftOut: Math.max(0, changes.length - MAX_CHANGES),
    judgement:
      labels.length === 0
        ? null
        : judgeEpisodes(episodes, labels, { assets: plant.assets, from, coveredMs: coverage.coveredMs }),
    ...(request.learnt && { learnt: lessonsIn(replay.snapshot().cells) }),
    notes: notesOf({
      names,
      found: new Set(tags.filter(({ id }) => coverage.has(id)).map(({ name }) => name)),
      endedAt: to - ending() > WORTH_SAYING_MS ? ending() : null,
      outages,
      now,
      before,
      replay,
    }),
  };
}

/** Links are not tried: whether one was broken is what history itself says. Only those derived tags that are needed. */
function planOf(plant: TriedPlant, { rules, overlooked, learnt }: BacktestRequest): EnginePlan {
  const all = compilePlan({ ...plant, rules: plant.rules.filter(({ id }) => isAsked(id, rules)) });
  const learning = learnt && { ...all, watches: all.watches.filter(keepsLearnt) };
  const plan = learning ?? (overlooked ? planAbout(all, new Set(overlooked.map(({ tag }) => tag))) : all);
  const needed = withInputs(tagsJudgedBy(plan), plan.derivations);
  const tried = { ...plan, derivations: plan.derivations.filter(({ tag }) => needed.has(tag.name)) };
  return overlooked ? tried : takenAsAcknowledged(tried);
}

function isAsked(rule: string, rules: readonly string[]): boolean {
  return rules.length === 0 || rules.includes(rule);
}

/** The tags whose history is played: derived ones are computed again, as they would be by these rules' plant. */
function tagsReadBy(plan: EnginePlan): string[] {
  const derived = new Set(plan.derivations.map(({ tag }) => tag.name));
  return [...withInputs(tagsJudgedBy(plan), plan.derivations)].filter((name) => !derived.has(name));
}

function tagsJudgedBy({ watches }: EnginePlan): string[] {
  return watches.flatMap(({ tags, condition, alarm }) => [
    ...tags.map(({ name }) => name),
    ...(condition?.reads ?? []),
    ...(alarm?.reads ?? []),
  ]);
}

function collector(book: EpisodeBook): (transition: Transition) => void {
  return (transition) => {
    if (transition.kind === 'communications') return; // it was put in, as history says
    const { finding, rul = null } = transition;
    const { value = null, limit = null, explanation = null } = finding ?? {};
    book.take({ ...transition, value, limit, explanation, rul });
  };
}

async function workOrderLabels(database: Database, { from, to, workOrderMs }: BacktestRequest): Promise<Label[]> {
  if (workOrderMs === null) return [];
  const orders = await listDoneWorkOrders(database, { from, to: to + workOrderMs, limit: MAX_WORK_ORDERS });
  return orders.flatMap(({ number, asset, title, createdAt, closedAt }): Label[] => {
    if (asset === null || createdAt - workOrderMs >= to) return [];
    const name = `${number} ${title}`;
    const time = { from: createdAt - workOrderMs, to: closedAt, knownAt: createdAt };
    return [{ name, asset, tag: null, ...time, origin: 'work order' }];
  });
}

function summarise(changes: readonly Change[]): RuleSummary[] {
  const rules = new Map<string, Record<Change['kind'], number>>();
  for (const { kind, before, now } of changes) {
    const { rule } = (before ?? now)!; // one of the two is there
    const counts = rules.get(rule) ?? { same: 0, earlier: 0, later: 0, gone: 0, new: 0 };
    counts[kind]++;
    rules.set(rule, counts);
  }
  return [...rules]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([rule, counts]) => {
      const both = counts.same + counts.earlier + counts.later;
      return { rule, before: both + counts.gone, now: both + counts.new, ...counts };
    });
}

function notesOf(seen: {
  readonly names: readonly string[];
  readonly found: ReadonlySet<string>;
  /** Where history ends before the time asked for does. */
  readonly endedAt: EpochMs | null;
  readonly outages: readonly RecordedTransition[];
  readonly now: EpisodeBook;
  readonly before: EpisodeBook;
  readonly replay: Replay;
}): string[] {
  const missing = seen.names.filter((name) => !seen.found.has(name));
  const outages = seen.outages.filter(({ effect }) => effect === 'raised').length;
  const notes = seen.replay.parked[0]!.map(
    ({ rule, tag, reason }) => `rule ${rule} failed on ${tag} and was switched off: ${reason}`,
  );
  if (missing.length > 0)
    notes.push(
      `no history of ${missing.slice(0, 10).join(', ')}${missing.length > 10 ? ` and ${missing.length - 10} more` : ''}`,
    );
  if (seen.endedAt !== null)
    notes.push(`history ends at ${new Date(seen.endedAt).toISOString()}: what comes after it is not judged`);
  if (outages > 0)
    notes.push(`${outages} outages of sources are taken from the alert journal; shorter ones are not known`);
  for (const [side, book] of [
    ['now', seen.now],
    ['before', seen.before],
  ] as const) {
    if (book.dropped > 0) notes.push(`${book.dropped} more alerts ${side} are left out: there are too many to compare`);
  }
  return [...notes, TAKEN_AS_ACKNOWLEDGED];
}
