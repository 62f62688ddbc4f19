import { sayCount } from '../../model/count-words.ts';
import { sayDuration } from '../../model/duration.ts';
import type { SourceFacts } from './facts.ts';
import type { SayTime } from './say.ts';

/** A link that is up and brings nothing for this long is worth a word, unless its pauses are as long as a rule. */
const QUIET_MS = 60_000;
const QUIET_PAUSES = 10;
/** Readings that are older than this on arrival, all of them, tell of a clock or of somebody who holds them back. */
const LATE_MS = 60_000;
/** Nothing arrives before it was measured; so much is the resolution of ordinary clocks. */
const AHEAD_MS = 5_000;

/** Says what is wrong with what comes in, whatever the link is like. */
export function sayStreamTroubles(facts: SourceFacts, sayTime: SayTime): string[] {
  return [
    ...sayFullLog(facts, sayTime),
    ...sayQuiet(facts, sayTime),
    ...sayClock(facts),
    ...sayDiscards(facts, sayTime),
  ];
}

function sayFullLog({ refusals, fullDisk, discards, now }: SourceFacts, sayTime: SayTime): string[] {
  if (refusals) {
    const refused = `${sayCount(refusals.count, 'reading')} refused since ${sayTime(refusals.since, now)}`;
    if (fullDisk !== null) return [`${fullDisk}: ${refused}: make room there`];
    return [`the readings log is full: ${refused}: see /health/ready for what holds up the database`];
  }
  // Polls that fall due while the one before waits for the disk are not made.
  const missed = discards.get('log_full');
  if (!missed) return [];
  return [
    `${sayCount(missed.count, 'reading')} missed since ${sayTime(missed.since, now)} because the readings log took long to take those before: ` +
      'check the disk and the load of this machine, and see /health/ready',
  ];
}

function sayQuiet({ status, arrivals, lastAnswer, now }: SourceFacts, sayTime: SayTime): string[] {
  if (status.state !== 'up') return [];
  const heardAt = Math.max(status.since, arrivals.last ?? 0);
  const limitMs = Math.max(QUIET_MS, QUIET_PAUSES * (arrivals.typicalPauseMs ?? 0));
  if (now - heardAt <= limitMs) return [];
  const quiet =
    arrivals.last === null ? 'nothing has come yet' : `nothing has come since ${sayTime(arrivals.last, now)}`;
  // Who reports on change may have nothing to report; that it answers shows that it is there.
  const isThere = lastAnswer !== null && now - lastAnswer <= QUIET_MS;
  if (isThere && arrivals.last !== null) return [];
  return [
    `connected since ${sayTime(status.since, now)}, but ${quiet}: check that the devices send, and the addresses or topics of its tags`,
  ];
}

function sayClock({ arrivals: { leastDelayMs } }: SourceFacts): string[] {
  if (leastDelayMs === null) return [];
  if (leastDelayMs < -AHEAD_MS) {
    return [`its clock is ${sayDuration(-leastDelayMs)} ahead of ours: set the clocks on both sides (NTP)`];
  }
  if (leastDelayMs > LATE_MS) {
    return [
      `its readings are ${sayDuration(leastDelayMs)} old when they arrive: its clock is behind, or something holds them back: ` +
        'set the clocks on both sides (NTP)',
    ];
  }
  return [];
}

/** What was thrown away, and what to do. What is missing here is thrown away in the ordinary course of things. */
const DISCARDS: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  unknown_tag: [
    'belong to no tag of the plant file',
    'add the tags to the plant file, or adopt them (with `adopt: ask`, see the unknown tags)',
  ],
  invalid_tag: ['have a tag name that cannot be one', 'check how the names are made'],
  not_a_number: ['have a value that is no number', 'check `value` of the addresses, and what is sent'],
  not_finite: ['have no finite value', 'look at the sensor'],
  not_exact: ['are whole numbers too large to be exact, of tags that hold texts', 'send them as texts'],
  invalid_time: ['have a time that cannot be read', 'check the time format'],
  no_time: ['carry no time', 'check `time` of the addresses'],
  too_old: ['are older than readings are kept', 'set the clock of the device'],
  too_new: ['are more than ten minutes ahead of our clock', 'set the clock of the device'],
  invalid_quality: ['have a quality that is none', 'check what is sent'],
  invalid_item: ['are not shaped like readings', 'check what is sent'],
  adopt_limit: ['belong to more new tags than may be adopted', 'raise `adoptLimit`, or find out who makes up names'],
  malformed: ['are malformed and cannot be read', 'check what is sent, and by whom'],
  too_large: ['are larger than allowed', 'send less at once'],
  unasked: ['answer a request that nobody made, or gave up long ago', 'look at the server'],
  conflict: ['contradict what is stored for the same tag and time', 'check that no two devices send the same tag'],
};
/** What is pushed has no addresses. */
const PUSHED: Readonly<Record<string, string>> = {
  not_a_number: 'check what is sent, and `type: text` for words',
  no_time: 'send `at` with each reading',
};
const ORDINARY: ReadonlySet<string> = new Set(['log_full', 'deadband', 'duplicate', 'retained']);

function sayDiscards({ status, discards, origins, now }: SourceFacts, sayTime: SayTime): string[] {
  return [...discards]
    .filter(([reason]) => !ORDINARY.has(reason))
    .map(([reason, { count, since }]) => {
      const [what, advice] = DISCARDS[reason] ?? [
        `are not stored (${reason.replaceAll('_', ' ')})`,
        'check what is sent',
      ];
      const help = (status.kind === 'http' ? PUSHED[reason] : undefined) ?? advice;
      const origin = origins.get(reason);
      const newest = origin === undefined ? '' : `, the newest from ${origin}`;
      return `${count} of its messages or readings since ${sayTime(since, now)} ${what}${newest}: ${help}`;
    });
}
