import { Type } from 'typebox';
import type { BacktestJob } from '../engine/backtest/backtests.ts';
import type { Change } from '../engine/backtest/compare.ts';
import type { Episode } from '../engine/backtest/episodes.ts';
import type { Judgement, Label } from '../engine/backtest/judge.ts';
import type { BacktestReport } from '../engine/backtest/messages.ts';
import { formatTime } from '../model/time.ts';
import { presentLife } from './present.ts';
import { nullable, RemainingLifeSchema, Time, text, words } from './schemas.ts';

const count = Type.Integer({ minimum: 0 });

const EpisodeSchema = Type.Object(
  {
    rule: text,
    kind: words('machine', 'instrument', 'communications', 'external'),
    tag: nullable(text),
    asset: nullable(text),
    priority: words('low', 'medium', 'high', 'critical'),
    from: Time,
    to: nullable(Time),
    level: nullable(words('HH', 'H', 'L', 'LL')),
    value: nullable(Type.Number()),
    limit: nullable(Type.Number()),
    explanation: text,
    rul: Type.Optional(RemainingLifeSchema),
  },
  { title: 'Episode', description: 'One time that an alert was active.' },
);

const LabelSchema = Type.Object({
  name: text,
  asset: text,
  tag: nullable(text),
  from: Time,
  to: Time,
  origin: words('label', 'work order'),
});

const Report = Type.Object(
  {
    readings: count,
    tags: count,
    elapsedMs: Type.Number(),
    rules: Type.Array(
      Type.Object({
        rule: text,
        before: count,
        now: count,
        same: count,
        earlier: count,
        later: count,
        gone: count,
        new: count,
      }),
    ),
    changes: Type.Array(
      Type.Object({
        kind: words('same', 'earlier', 'later', 'gone', 'new'),
        before: nullable(EpisodeSchema),
        now: nullable(EpisodeSchema),
        shiftMs: nullable(Type.Number({ description: 'How much later it begins now.' })),
      }),
      { description: 'Oldest first.' },
    ),
    changesLeftOut: count,
    judgement: nullable(
      Type.Object({
        labels: count,
        hits: Type.Array(Type.Object({ label: LabelSchema, first: EpisodeSchema, leadMs: Type.Number() })),
        misses: Type.Array(LabelSchema),
        leadMs: nullable(Type.Object({ least: Type.Number(), median: Type.Number(), most: Type.Number() })),
        falseAlarms: Type.Array(EpisodeSchema),
        falseAlarmCount: count,
        falseAlarmsPerDay: Type.Number(),
      }),
    ),
    notes: Type.Array(text, { description: 'What keeps it from being the whole truth.' }),
  },
  { title: 'BacktestReport' },
);

const common = {
  id: text,
  state: words('waiting', 'running', 'done', 'cancelled', 'failed'),
  by: text,
  from: Time,
  to: Time,
  rules: Type.Array(text, { description: 'Empty: all.' }),
  against: words('journal', 'rules'),
  createdAt: Time,
  startedAt: nullable(Time),
  endedAt: nullable(Time),
  progress: Type.Number({ minimum: 0, maximum: 1 }),
  readings: Type.Integer({ minimum: 0, description: 'Evaluated so far.' }),
  reason: nullable(Type.String({ description: 'Why it failed.' })),
};

/** A back-test in a list. */
export const BacktestSchema = Type.Object(common, { title: 'Backtest' });
/** A back-test with what it found. */
export const BacktestDetail = Type.Object({ ...common, report: nullable(Report) }, { title: 'BacktestDetail' });

/** A back-test as lists give it out. */
export function presentBacktest(job: BacktestJob) {
  const { id, state, by, asked, progress, reason } = job;
  const { from, to, rules, against } = asked;
  const part = progress === null ? 0 : (progress.at - from) / (to - from);
  return {
    id,
    state,
    by,
    from: formatTime(from),
    to: formatTime(to),
    rules: [...rules],
    against,
    createdAt: formatTime(job.createdAt),
    startedAt: job.startedAt === null ? null : formatTime(job.startedAt),
    endedAt: job.endedAt === null ? null : formatTime(job.endedAt),
    progress: state === 'done' ? 1 : Math.min(1, Math.max(0, part)),
    readings: progress?.readings ?? 0,
    reason,
  };
}

/** A back-test with what it found. */
export function presentBacktestDetail(job: BacktestJob) {
  return { ...presentBacktest(job), report: job.report === null ? null : presentReport(job.report) };
}

function presentReport({
  readings,
  tags,
  elapsedMs,
  rules,
  changes,
  changesLeftOut,
  judgement,
  notes,
}: BacktestReport) {
  return {
    readings,
    tags,
    elapsedMs,
    rules: [...rules],
    changes: changes.map(presentChange),
    changesLeftOut,
    judgement: judgement === null ? null : presentJudgement(judgement),
    notes: [...notes],
  };
}

function presentChange({ kind, before, now, shiftMs }: Change) {
  return { kind, before: before && presentEpisode(before), now: now && presentEpisode(now), shiftMs };
}

function presentJudgement({ hits, misses, falseAlarms, ...rest }: Judgement) {
  return {
    ...rest,
    hits: hits.map(({ label, first, leadMs }) => ({
      label: presentLabel(label),
      first: presentEpisode(first),
      leadMs,
    })),
    misses: misses.map(presentLabel),
    falseAlarms: falseAlarms.map(presentEpisode),
  };
}

function presentEpisode(episode: Episode) {
  const { rul, from, to, ...rest } = episode;
  return { ...rest, from: formatTime(from), to: to === null ? null : formatTime(to), ...presentLife(rul) };
}

function presentLabel({ knownAt: _, ...label }: Label) {
  return { ...label, from: formatTime(label.from), to: formatTime(label.to) };
}
