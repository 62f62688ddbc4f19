import { DAY_MS } from '../../../../adapters/simulator/life/time-line.ts';
import type { Episode } from '../../../../src/engine/backtest/episodes.ts';
import { type JudgedFault, type Judgement, machineWeeks } from './judge.ts';

/** One life with what its alerts are worth. */
export interface JudgedLife {
  readonly seed: number;
  readonly judgement: Judgement;
}

/** What happened in one life and what was said of it, every miss and every false alert by name. */
export function sayLife({
  seed,
  judgement: { faults, sensors, lookAlikes, falseMachine, falseInstrument },
}: JudgedLife): string {
  const lines = [
    ...faults.map((judged) => sayFault(judged)),
    ...sensors.map(
      ({ fault, found, blamed }) =>
        `  sensor   ${fault.kind} of ${fault.tag} from day ${day(fault.from)}: ${found === null ? 'MISSED' : `${found.rule} on day ${day(found.from)}`}` +
        (blamed === null ? '' : `; THE MACHINE WAS BLAMED by ${blamed.rule} on day ${day(blamed.from)}`),
    ),
    ...lookAlikes
      .filter(({ alerts }) => alerts.length > 0)
      .map(
        ({ lookAlike: { kind, asset, from } }) => `  fooled   by ${kind} of ${asset ?? 'the hall'} on day ${day(from)}`,
      ),
    ...falseMachine.map((alert) => `  false    ${sayAlert(alert)}`),
    ...[...countBy(falseInstrument, ({ rule, tag }) => `${rule} of ${tag}`)].map(
      ([name, count]) => `  false    ${name}: ${count} of an instrument`,
    ),
  ];
  return [`seed ${seed}`, ...lines].join('\n');
}

/** The figures over all lives: by kind of fault, by kind of look-alike, and false alerts per 100 machine-weeks. */
export function sayTotals(
  lives: readonly JudgedLife[],
  { machines, days }: { readonly machines: number; readonly days: number },
): string {
  const weeks = lives.length * machineWeeks(machines, days);
  const faults = lives.flatMap(({ judgement }) => judgement.faults);
  const sensors = lives.flatMap(({ judgement }) => judgement.sensors);
  const lookAlikes = lives.flatMap(({ judgement }) => judgement.lookAlikes);
  const falseMachine = lives.flatMap(({ judgement }) => judgement.falseMachine);
  const falseInstrument = lives.flatMap(({ judgement }) => judgement.falseInstrument);
  const per100 = (count: number) => ((100 * count) / weeks).toFixed(1);
  const reached = faults.filter(({ fault }) => fault.limitAt !== null);
  return [
    '',
    `${lives.length} lives of ${days} days, ${machines} machines: ${Math.round(weeks)} machine-weeks`,
    table(
      ['machine fault', 'reached its limit', 'found before', 'days ahead, median', 'not there yet', 'found'],
      rowsOf(
        faults,
        ({ fault }) => fault.kind,
        (of) => {
          const limited = of.filter(({ fault }) => fault.limitAt !== null);
          const rest = of.filter(({ fault }) => fault.limitAt === null);
          const leads = limited.flatMap(({ leadMs }) => (leadMs === null ? [] : [leadMs])).sort((a, b) => a - b);
          const median = leads[Math.floor(leads.length / 2)];
          return [
            String(limited.length),
            String(limited.filter(isFound).length),
            median === undefined ? '–' : day(median),
            String(rest.length),
            String(rest.filter(isFound).length),
          ];
        },
      ),
    ),
    table(
      ['sensor fault', 'there were', 'instrument alert', 'the machine was blamed'],
      rowsOf(
        sensors,
        ({ fault }) => fault.kind,
        (of) => [
          String(of.length),
          String(of.filter(isFound).length),
          String(of.filter(({ blamed }) => blamed !== null).length),
        ],
      ),
    ),
    table(
      ['look-alike', 'there were', 'passed'],
      rowsOf(
        lookAlikes,
        ({ lookAlike }) => lookAlike.kind,
        (of) => [String(of.length), String(of.filter(({ alerts }) => alerts.length === 0).length)],
      ),
    ),
    picture(lives),
    '',
    `machine faults found before their limit: ${reached.filter(isFound).length} of ${reached.length} (aim: all)`,
    `sensor faults told as such: ${sensors.filter(isFound).length} of ${sensors.length} (aim: all)`,
    `false machine alerts: ${falseMachine.length}, ${per100(falseMachine.length)} per 100 machine-weeks (aim: at most 1)`,
    ...[...countBy(falseMachine, ({ rule }) => rule)].map(([rule, count]) => `    ${rule} ${count}`),
    `false instrument alerts: ${falseInstrument.length}, ${per100(falseInstrument.length)} per 100 machine-weeks`,
    ...[...countBy(falseInstrument, ({ rule }) => rule)].map(([rule, count]) => `    ${rule} ${count}`),
  ].join('\n');
}

/** Half a day. */
const COLUMN_MS = DAY_MS / 2;

/** Each fault that reached its limit as a bar from its beginning to its limit: `-` while nobody knew, `=` from the alert on. */
function picture(lives: readonly JudgedLife[]): string {
  const rows = lives.flatMap(({ seed, judgement }) =>
    judgement.faults.flatMap(({ fault, leadMs }) => {
      if (fault.limitAt === null) return [];
      const whole = Math.max(1, Math.round((fault.limitAt - fault.from) / COLUMN_MS));
      const known = Math.min(whole, Math.round((leadMs ?? 0) / COLUMN_MS));
      const bar = `${'-'.repeat(whole - known)}${'='.repeat(known)}|`;
      return [`${fault.kind} of ${fault.asset}, seed ${seed}`.padEnd(40) + bar];
    }),
  );
  return ['', 'from the first wear to the limit, a column half a day: - nobody knew, = told', ...rows.sort()].join(
    '\n',
  );
}

function sayFault({ fault, found, leadMs }: JudgedFault): string {
  const limit = fault.limitAt === null ? 'no limit reached' : `limit on day ${day(fault.limitAt)}`;
  const said =
    found === null
      ? fault.limitAt === null
        ? 'not found'
        : 'MISSED'
      : `${found.rule} on day ${day(found.from)}${leadMs === null ? '' : `, ${day(leadMs)} d ahead`}`;
  return `  machine  ${fault.kind} of ${fault.asset} from day ${day(fault.from)}, ${limit}: ${said}`;
}

function sayAlert({ rule, tag, from, to, explanation }: Episode): string {
  return `${rule} (${tag}) from day ${day(from)} to ${to === null ? 'the end' : day(to)}: ${explanation}`;
}

function isFound({ found }: { readonly found: Episode | null }): boolean {
  return found !== null;
}

function day(ms: number): string {
  return (ms / DAY_MS).toFixed(1);
}

function rowsOf<T>(
  items: readonly T[],
  kindOf: (item: T) => string,
  cells: (of: readonly T[]) => string[],
): string[][] {
  const kinds = [...new Set(items.map(kindOf))].sort();
  return kinds.map((kind) => [kind, ...cells(items.filter((item) => kindOf(item) === kind))]);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd();
  return ['', line(head), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}
