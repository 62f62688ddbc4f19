import type { AlertState } from '../../model/alert.ts';
import type { EpochMs } from '../../model/reading.ts';
import type { Transition } from '../../model/transition.ts';
import type { Line, Outcome } from './run.ts';
import { STATE_AFTER } from './schema.ts';

/** Columns of a timeline. */
const TIMELINE_WIDTH = 60;
const SIGNS: Readonly<Record<AlertState, string>> = {
  normal: '.',
  pending: '.',
  unacknowledged: 'U',
  acknowledged: 'A',
  returned: 'r',
};

/** One line for what is right; for what is not, the difference and a timeline. */
export function sayOutcome(outcome: Outcome, detail: 'differences' | 'everything'): string {
  const { name, place, isRight } = outcome;
  if (isRight && detail === 'differences') return `ok    ${name}`;
  const rows = outcome.lines.map((line) => rowOf(line, outcome.start));
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  return [
    isRight ? `ok    ${name}` : `FAIL  ${name}  (${place})`,
    ...(isRight ? [] : ['      - expected and did not come, + came and was not expected, = as expected']),
    ...rows.map(([sign, offset, carrier, effect, words]) => {
      const columns = [sign, offset, carrier, effect].map((cell, i) => cell.padEnd(widths[i]!));
      return `    ${[...(carrier === '' ? columns.slice(0, 2) : columns), words].join('  ')}`.trimEnd();
    }),
    ...timelines(outcome),
    '',
  ].join('\n');
}

/** `12 scenarios, 1 failed`. */
export function sayTotal(outcomes: readonly Pick<Outcome, 'isRight'>[]): string {
  const failed = outcomes.filter(({ isRight }) => !isRight).length;
  const count = outcomes.length === 1 ? 'one scenario' : `${outcomes.length} scenarios`;
  return `${count}, ${failed === 0 ? 'all right' : `${failed} failed`}`;
}

/** Time since the start: `01:30`, `1:00:00.500`. */
export function sayOffset(ms: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const whole = Math.floor(ms / 1_000);
  const hours = Math.floor(whole / 3_600);
  const fraction = Math.round(ms - whole * 1_000);
  const clock = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return `${hours > 0 ? `${hours}:` : ''}${clock}${fraction === 0 ? '' : `.${String(fraction).padStart(3, '0')}`}`;
}

function rowOf(line: Line, start: EpochMs): [string, string, string, string, string] {
  const offset = sayOffset(line.at - start);
  switch (line.kind) {
    case 'as expected':
    case 'unexpected':
      return [line.kind === 'unexpected' ? '+' : '=', offset, ...cells(line.came), why(line.came)];
    case 'missing': {
      const { expected } = line;
      const says = expected.says === undefined ? '' : `saying "${expected.says}"`;
      return ['-', offset, ...cells({ tag: null, source: null, level: null, ...expected }), says];
    }
    case 'wrong state':
    case 'cannot':
      return ['!', offset, '', '', line.message];
  }
}

function cells(each: {
  readonly rule: string;
  readonly tag: string | null;
  readonly source: string | null;
  readonly effect: string;
  readonly level: string | null;
}): [string, string] {
  const carrier = each.tag ?? each.source;
  return [
    carrier === null ? each.rule : `${each.rule} (${carrier})`,
    each.level === null ? each.effect : `${each.effect} ${each.level}`,
  ];
}

function why({ finding, by }: Transition): string {
  return by === null ? (finding?.explanation ?? '') : `by ${by}`;
}

/** One line of letters for each alert: what state it was in over the whole of the scenario. */
function timelines({ start, end, transitions }: Outcome): string[] {
  const carriers = new Map<string, Transition[]>();
  for (const each of transitions) {
    const key = `${each.rule} (${each.tag ?? each.source})`;
    carriers.set(key, [...(carriers.get(key) ?? []), each]);
  }
  if (carriers.size === 0) return [];
  const columnOf = (at: EpochMs) =>
    Math.min(TIMELINE_WIDTH - 1, Math.max(0, Math.floor(((at - start) / (end - start)) * TIMELINE_WIDTH)));
  const width = Math.max(...[...carriers.keys()].map((key) => key.length));
  const lines = [...carriers].map(([key, moves]) => {
    const columns = new Array<string>(TIMELINE_WIDTH).fill(SIGNS.normal);
    for (const { at, effect } of moves) {
      const state = STATE_AFTER[effect];
      if (state !== null) columns.fill(SIGNS[state], columnOf(at));
    }
    return `    ${key.padEnd(width)}  ${columns.join('')}`;
  });
  const legend = `U unacknowledged, A acknowledged, r returned; 0 to ${sayOffset(end - start)}`;
  return ['', ...lines, `    ${' '.repeat(width)}  ${legend}`];
}
