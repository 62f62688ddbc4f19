import type { Change } from '../../engine/backtest/compare.ts';
import type { Episode } from '../../engine/backtest/episodes.ts';
import type { Judgement } from '../../engine/backtest/judge.ts';
import type { BacktestReport } from '../../engine/backtest/messages.ts';
import { sayCount } from '../../model/count-words.ts';
import { sayDuration } from '../../model/duration.ts';
import { sayLocalTime } from '../../model/plant-time.ts';
import type { EpochMs } from '../../model/reading.ts';

/** Most lines of one list; `--json` has more. */
const MAX_LINES = 100;
const SIGNS: Readonly<Record<Change['kind'], string>> = { same: '=', earlier: '<', later: '>', gone: '-', new: '+' };

/** Where a report is from: the file, and the clock by which its times are written. */
export interface ReportOn {
  readonly plantFile: string;
  /** IANA. */
  readonly timezone: string;
}

/** Says a time by the clock of the plant. */
type Say = (at: EpochMs) => string;

/** The report of a back-test for a person. */
export function sayReport(report: BacktestReport, { plantFile, timezone }: ReportOn): string {
  const say: Say = (at) => sayLocalTime(at, timezone);
  const { from, to, readings, tags, elapsedMs, against, notes } = report;
  const seconds = Math.max(1, elapsedMs) / 1_000;
  const rate = Math.round(readings / seconds).toLocaleString('en');
  const compared = against === 'journal' ? 'what the service did live' : 'the present rules';
  return [
    `${plantFile} from ${say(from)} to ${say(to)} (${timezone}, ${sayDuration(to - from)}), against ${compared}`,
    `${readings.toLocaleString('en')} readings of ${sayCount(tags, 'tag')} in ${seconds.toFixed(1)} s, ${rate} a second`,
    '',
    ...sayRules(report),
    ...sayChanges(report, say),
    ...(report.judgement === null ? [] : sayJudgement(report.judgement, say)),
    ...notes.map((note) => `note: ${note}`),
  ]
    .join('\n')
    .trimEnd();
}

/** Columns as wide as what is in them; numbers to the right. */
export function sayTable(rows: readonly (readonly (string | number)[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (typeof cell === 'number' ? String(cell).padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

function sayRules({ rules }: BacktestReport): string[] {
  if (rules.length === 0) return ['no alert, neither before nor now', ''];
  const head = ['rule', 'before', 'now', 'same', 'earlier', 'later', 'gone', 'new'];
  const rows = rules.map((each) => [
    each.rule,
    each.before,
    each.now,
    each.same,
    each.earlier,
    each.later,
    each.gone,
    each.new,
  ]);
  return [...sayTable([head, ...rows]), ''];
}

function sayChanges({ changes, changesLeftOut }: BacktestReport, say: Say): string[] {
  const different = changes.filter(({ kind }) => kind !== 'same');
  const shown = different.slice(0, MAX_LINES);
  if (shown.length === 0) return [];
  const rows = shown.map((change) => {
    const episode = (change.now ?? change.before)!; // one of the two is there
    const carrier = `${episode.rule} (${episode.tag ?? episode.asset ?? ''})`;
    return [SIGNS[change.kind], say(episode.from), carrier, sayShift(change), sayEpisode(episode)];
  });
  const more = different.length - shown.length + changesLeftOut;
  return [
    'what differs: + new, - gone, < earlier, > later',
    ...sayTable(rows),
    ...(more > 0 ? [`… and ${more} more`] : []),
    '',
  ];
}

function sayShift({ kind, shiftMs }: Change): string {
  if (shiftMs === null) return kind;
  return `${sayDuration(Math.abs(shiftMs))} ${kind}`;
}

function sayEpisode({ from, to, level, explanation }: Episode): string {
  const length = to === null ? 'still active' : `for ${sayDuration(to - from)}`;
  return [level, length, explanation].filter((part) => part !== null && part !== '').join(', ');
}

function sayJudgement({ labels, hits, misses, leadMs, falseAlarms, ...rest }: Judgement, say: Say): string[] {
  const lead =
    leadMs === null
      ? ''
      : `; lead time ${sayDuration(leadMs.median)} (${sayDuration(leadMs.least)} to ${sayDuration(leadMs.most)})`;
  const alarms = `${sayCount(rest.falseAlarmCount, 'false alarm')}, ${rest.falseAlarmsPerDay.toFixed(2)} a day`;
  const rows = [
    ...hits.map(({ label, first, leadMs: ms }) => [
      'hit',
      say(label.knownAt ?? label.to),
      label.name,
      `${first.rule}, ${sayDuration(ms)} before`,
    ]),
    ...misses.map((label) => ['MISS', say(label.to), label.name, '']),
    ...falseAlarms.map((each) => ['false', say(each.from), `${each.rule} (${each.tag ?? ''})`, sayEpisode(each)]),
  ];
  return [
    `${hits.length} of ${labels} ${labels === 1 ? 'fault was' : 'faults were'} seen${lead}; ${alarms}`,
    ...sayTable(rows.slice(0, MAX_LINES)),
    ...(rows.length > MAX_LINES ? [`… and ${rows.length - MAX_LINES} more`] : []),
    '',
  ];
}
