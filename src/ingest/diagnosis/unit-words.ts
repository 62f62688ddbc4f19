import { sayCount } from '../../model/count-words.ts';
import { sayDuration } from '../../model/duration.ts';
import type { SourceFacts, Streak, UnitFacts } from './facts.ts';
import { median } from './median.ts';
import { type SayTime, sayList, sayUnits } from './say.ts';

/** One unanswered request may be a collision; a unit that is away leaves the next one unanswered too. */
const SILENT_AFTER = 2;
/** A unit that failed once and was not asked again for so long, and for so many of its own pauses, has no value either. */
const NOT_ASKED_MS = 5_000;
const NOT_ASKED_PAUSES = 2;
/** Of the newest 32 requests: fewer unanswered ones are not worth a walk. */
const LOSSY_AFTER = 3;
/** A unit whose usual answer takes longer is slow; one that is faster, and yet loses requests, is disturbed. */
const SLOW_MS = 250;

/** True when a unit has stopped answering, or never began. */
export function isSilent(unit: UnitFacts, facts: SourceFacts): boolean {
  return countOf(unit.unanswered) >= SILENT_AFTER || isNotAsked(unit, facts);
}

/** True when a unit that is polled failed once and was not asked since. */
function isNotAsked({ unanswered, pauseMs }: UnitFacts, { now, status }: SourceFacts): boolean {
  const [only] = unanswered.values();
  return (
    status.kind === 'modbus' &&
    only !== undefined &&
    countOf(unanswered) === 1 &&
    Math.abs(now - only.last) > Math.max(NOT_ASKED_MS, NOT_ASKED_PAUSES * pauseMs)
  );
}

/** `units 1–6 answer in 12 ms`. */
export function sayAnswers(units: readonly UnitFacts[], where = ''): string {
  const ms = median(units.flatMap(({ medianMs }) => medianMs ?? []));
  const time = ms === null ? '' : ` in ${ms < 1 ? 'less than 1 ms' : sayDuration(ms)}`;
  return `${sayUnits(units.map(({ unit }) => unit))}${where} ${units.length === 1 ? 'answers' : 'answer'}${time}`;
}

/** Says what is wrong with the parts of a source whose link is up. */
export function sayUnitTroubles(facts: SourceFacts, sayTime: SayTime): string[] {
  const silent = facts.units.filter((unit) => isSilent(unit, facts));
  const others = facts.units.filter((unit) => !silent.includes(unit) && unit.lastAnswer !== null);
  return [
    ...(silent.length > 0 ? [saySilence({ silent, others }, facts, sayTime)] : []),
    ...others.flatMap((unit) => sayLosses(unit, facts, sayTime)),
    ...sayComplaints(others, facts, sayTime),
  ];
}

/** `no answer from unit 7 since 10:42:03 (201 timeouts)`, without what to do about it. */
export function sayNoAnswer(silent: readonly UnitFacts[], { now }: SourceFacts, sayTime: SayTime): string {
  const counts = sayUnanswered(silent);
  const names = sayUnits(silent.map(({ unit }) => unit));
  const answered = silent.flatMap(({ lastAnswer }) => lastAnswer ?? []);
  if (answered.length === silent.length) {
    return `no answer from ${names} since ${sayTime(Math.min(...answered), now)} (${counts})`;
  }
  const since = Math.min(...silent.flatMap(({ unanswered }) => [...unanswered.values()].map((each) => each.since)));
  const yet = answered.length === 0 ? ' yet' : '';
  return `no answer from ${names}${yet} (${counts} since ${sayTime(since, now)})`;
}

function saySilence(
  { silent, others }: { readonly silent: readonly UnitFacts[]; readonly others: readonly UnitFacts[] },
  facts: SourceFacts,
  sayTime: SayTime,
): string {
  const isBus = facts.status.kind === 'modbus';
  const works = others.length > 0 ? `; ${sayAnswers(others, ` on the same ${isBus ? 'bus' : 'connection'}`)}` : '';
  const names = sayUnits(silent.map(({ unit }) => unit));
  const isAdvised = silent.some((unit) => !isNotAsked(unit, facts));
  if (!isAdvised)
    return `${sayNoAnswer(silent, facts, sayTime)}, not asked again yet${works}: if it lasts, check power and address`;
  const whose = silent.length === 1 ? `${names}'s` : `the ${silent.length} units'`;
  const advice = isBus
    ? `check ${whose} power and address`
    : `check that ${silent.length === 1 ? 'it runs' : 'they run'}`;
  return `${sayNoAnswer(silent, facts, sayTime)}${works}: ${advice}`;
}

function sayUnanswered(units: readonly UnitFacts[]): string {
  const counts = new Map<string, number>();
  for (const { unanswered } of units) {
    for (const [code, { count }] of unanswered) counts.set(code, (counts.get(code) ?? 0) + count);
  }
  return sayList(
    [...counts].map(([code, count]) => {
      switch (code) {
        case 'request_timeout':
        case 'connection_timeout':
          return sayCount(count, 'timeout');
        case 'exception_10':
        case 'exception_11':
          return `${sayCount(count, 'time')} unreachable for the gateway`;
        case 'answer_invalid':
          return sayCount(count, 'answer that makes no sense', 'answers that make no sense');
        default:
          return sayCount(count, 'broken connection');
      }
    }),
  );
}

function sayLosses({ unit, recent, medianMs }: UnitFacts, facts: SourceFacts, sayTime: SayTime): string[] {
  if (recent.unanswered < LOSSY_AFTER) return [];
  const lost =
    `${sayUnits([unit])} left ${recent.unanswered} of ${recent.asked} requests unanswered since ` +
    sayTime(recent.since, facts.now);
  const speed =
    medianMs === null ? '' : ` and answers the others in ${medianMs < 1 ? 'less than 1 ms' : sayDuration(medianMs)}`;
  const advice =
    (medianMs ?? 0) >= SLOW_MS
      ? 'it is slow: raise `timeout`, or poll less often'
      : 'something disturbs it: check cable, shield, termination, and who else asks it';
  return [`${lost}${speed}: ${advice}`];
}

const SEE_LOG = 'see the service log';
/** What each code means in words, and what to do. */
const COMPLAINTS: Readonly<Record<string, readonly [meaning: string, advice: string]>> = {
  exception_1: ['illegal function', 'check `table` of its addresses'],
  exception_2: ['illegal address', 'check the register in the addresses of its bad tags'],
  exception_3: ['illegal value', 'check the register, and set a smaller `maxRegisters`'],
  exception_4: ['device failure', 'look at the device itself'],
  exception_5: ['accepted, not done', 'look at the device itself'],
  exception_6: ['busy', 'poll less often'],
  exception_8: ['memory fault', 'look at the device itself'],
  BadNodeIdUnknown: ['the server has no such node', 'check the spelling of its `nodeId`, and prefer `nsu=` to `ns=`'],
  BadNodeIdInvalid: ['the server has no such node', 'check the spelling of its `nodeId`, and prefer `nsu=` to `ns=`'],
  BadAttributeIdInvalid: ['the node has no value', 'give the `nodeId` of a variable, not of an object'],
  BadUserAccessDenied: ['our user may not read it', 'give the user the right at the server, or use another'],
  BadNotReadable: ['nobody may read it', 'make it readable at the server'],
  BadTooManyMonitoredItems: ['the server takes no more variables', 'raise its limit, or take fewer tags'],
  lost_at_source: ['values dropped before they were fetched', 'use a larger queue or a slower sampling'],
};

function sayComplaints(units: readonly UnitFacts[], { now }: SourceFacts, sayTime: SayTime): string[] {
  const byCode = new Map<string, { units: string[]; streaks: Streak[] }>();
  for (const { unit, complaints } of units) {
    for (const [code, streak] of complaints) {
      const same = byCode.get(code) ?? { units: [], streaks: [] };
      same.units.push(unit);
      same.streaks.push(streak);
      byCode.set(code, same);
    }
  }
  return [...byCode].map(([code, { units, streaks }]) => {
    const { what, advice } = explainComplaint(code);
    const count = streaks.reduce((sum, each) => sum + each.count, 0);
    const since = sayTime(Math.min(...streaks.map((each) => each.since)), now);
    return `${sayUnits(units)}: ${what}, ${sayCount(count, 'time')} since ${since}: ${advice}`;
  });
}

/** A name that the protocol gave stays with it: a manual is searched by it. */
function explainComplaint(code: string): { readonly what: string; readonly advice: string } {
  const known = COMPLAINTS[code];
  const exception = /^exception_(\d+)$/.exec(code)?.[1];
  if (exception !== undefined)
    return {
      what: `exception ${exception} (${known?.[0] ?? code.replaceAll('_', ' ')})`,
      advice: known?.[1] ?? SEE_LOG,
    };
  if (/^Bad[A-Z]/.test(code))
    return {
      what: known ? `${code} (${known[0]})` : code,
      advice: known?.[1] ?? 'look it up in the manual of the server',
    };
  return { what: known?.[0] ?? code.replaceAll('_', ' '), advice: known?.[1] ?? SEE_LOG };
}

function countOf(streaks: ReadonlyMap<string, Streak>): number {
  return [...streaks.values()].reduce((sum, { count }) => sum + count, 0);
}
