import { auto } from '../../rules/auto/index.ts';
import { TUNING } from '../../rules/auto/model.ts';
import { fitToEnd } from '../../rules/auto/watch.ts';
import type { Finding, Subject, Verdict } from '../../rules/detector.ts';
import { sayCount } from '../model/count-words.ts';
import { ConfigError } from '../model/errors.ts';
import { readTable, type TableRow } from './detect/numeric-rows.ts';
import { UnreadChannels } from './detect/unread-channels.ts';
import type { DecimalSign } from './import/cell-number.ts';
import type { TimeUnit } from './import/cell-time.ts';
import { LineOutput } from './line-output.ts';
import { requirePlantUnarmed } from './plant-from-file.ts';

/** Flags of `millwright detect`. */
export interface DetectFlags {
  readonly input: string;
  readonly train: number;
  readonly timeUnit: TimeUnit;
  /** IANA zone of times that carry none. */
  readonly timezone?: string;
  readonly decimal?: DecimalSign;
  readonly plant?: string;
}

/**
 * `millwright detect`: lets `auto` watch the columns of a CSV file together, one row after the other as the live engine
 * would, and prints what it says of each row as one line of JSON: `t` as it was written, `score` 0..1 (0.5 is the limit),
 * `alarm`, `cp` (an alarm begins, or one that lasted ends), and of an alarm `tag` (the one it was raised for, under which the service
 * files its alert), `explanation` and `rul` when there is one.
 */
export async function detect({ input, train, timeUnit, timezone, decimal, plant }: DetectFlags): Promise<void> {
  const units = plant === undefined ? new Map<string, string>() : unitsOf(plant);
  const config = { learn: train, every: 0 };
  const state = auto.init(config);
  let subject: Subject | null = null;
  const needed = Math.max(train, TUNING.leastReadings);
  let unread = new UnreadChannels(input, []);
  let rows = 0;
  let judged = 0;
  let alarms = 0;
  let filedUnder: string | null = null;
  const output = new LineOutput();
  for await (const row of readTable(input, {
    timeUnit,
    ...(timezone !== undefined && { timezone }),
    ...(decimal !== undefined && { decimal }),
    onNoNumber: (channel, said) => unread.noNumber(channel, said),
  })) {
    if (row.kind === 'header') {
      subject = subjectOf(row.channels, units);
      unread = new UnreadChannels(input, row.channels);
      if (train < TUNING.leastReadings)
        process.stderr.write(
          `the first ${TUNING.leastReadings} rows are learnt from, not ${train}: fewer are too few\n`,
        );
      continue;
    }
    if (subject === null) throw new ConfigError('option_invalid', `${input} has no first line with the channels`);
    rows++;
    if (rows <= needed) unread.row(row.values);
    if (rows === needed) {
      sayUnread(unread, rows);
      if (unread.isNothingRead()) break;
    }
    const verdict = auto.step(state, row.at, row.values, config, subject);
    fitToEnd(state.watch); // the row after the last that teaches is judged already
    if (verdict.state === 'abnormal') alarms++;
    if (rows > needed && verdict.state !== 'unknown') judged++;
    if (verdict.state === 'abnormal') filedUnder ??= largestPart(verdict.finding);
    else if (verdict.state === 'normal') filedUnder = null; // where nothing is known an alert stays as well
    await output.add(say(row, { verdict, isChange: state.isChange, tag: filedUnder }));
  }
  await output.flush();
  if (rows > 0 && rows < needed) sayUnread(unread, rows);
  if (rows > 0 && unread.isNothingRead()) {
    process.exitCode = 2; // no row could be judged, and none in alarm would be an all-clear
    return;
  }
  if (rows <= needed) {
    const say = `${input} has ${sayCount(rows, 'row')}, and the first ${needed} are learnt from: none was judged\n`;
    process.stderr.write(say); // not an error: a stream may be cut anywhere, and each row was answered
  } else {
    const left = rows - needed - judged;
    const unjudged = left === 0 ? '' : `, ${left} not judged: too little is known there`;
    process.stderr.write(
      `${sayCount(rows, 'row')}: ${needed} learnt from, ${judged} judged, ${alarms} of them in alarm${unjudged}\n`,
    );
  }
}

function sayUnread(unread: UnreadChannels, rows: number): void {
  for (const line of unread.lines(rows)) process.stderr.write(`${line}\n`);
}

function unitsOf(plant: string): Map<string, string> {
  return new Map(requirePlantUnarmed(plant).tags.map((tag) => [tag.name, tag.unit ?? '']));
}

function subjectOf(channels: readonly string[], units: ReadonlyMap<string, string>): Subject {
  const inputs = channels.map((tag) => ({ tag, unit: units.get(tag) ?? '' }));
  const [first = { tag: '', unit: '' }] = inputs;
  return { ...first, inputs };
}

function largestPart({ contributions = [] }: Finding): string | null {
  return contributions[0]?.tag ?? null;
}

interface Said {
  readonly verdict: Verdict;
  readonly isChange: boolean;
  readonly tag: string | null;
}

function say({ written }: TableRow, { verdict, isChange, tag }: Said): string {
  const score = verdict.state === 'unknown' ? 0 : Number(verdict.score.toFixed(6));
  const alarm = verdict.state === 'abnormal';
  return JSON.stringify({
    t: written,
    score,
    alarm,
    cp: isChange,
    ...(alarm && tag !== null && { tag }),
    ...(alarm && { explanation: verdict.finding.explanation }),
    ...(verdict.rul && { rul: verdict.rul }),
  });
}
