import type { Alert, Delivery, Source } from '../api.generated.ts';
import type { AlertStage } from '../state/alert-stage.ts';

/** Names where an alert stands as a technician would say it. */
export function alertStageWords(stage: AlertStage): string {
  switch (stage) {
    case 'unacknowledged':
      return 'Unacknowledged';
    case 'acknowledged':
      return 'Acknowledged';
    case 'returned':
      return 'Back to normal, unacknowledged';
    case 'latched':
      return 'Latched: waits for a reset';
    case 'normal':
      return 'Cleared';
  }
}

/** Names a priority. */
export function priorityWord(priority: Alert['priority']): string {
  return sentenceCase(priority);
}

/** Writes the first letter large, for a word of the API that begins a line. */
export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Says what an alert is about when it is not the machine itself; empty for the machine. */
export function alertKindWords(kind: Alert['kind']): string {
  switch (kind) {
    case 'machine':
      return '';
    case 'instrument':
      return 'Instrument';
    case 'communications':
      return 'Communications';
    case 'external':
      return 'Alarm of the source';
  }
}

/** Names a level in full, for people who do not read HH. */
export function levelWords(level: NonNullable<Alert['level']>): string {
  switch (level) {
    case 'HH':
      return 'very high';
    case 'H':
      return 'high';
    case 'L':
      return 'low';
    case 'LL':
      return 'very low';
  }
}

/** Says what became of one message. */
export function deliveryWords(delivery: Delivery): string {
  switch (delivery.state) {
    case 'pending':
      return 'Waiting to be sent';
    case 'delivered':
      return 'Delivered';
    case 'failed':
      return `Failed ${times(delivery.attempts)}, will be tried again`;
    case 'dead':
      return `Given up after ${times(delivery.attempts)}`;
  }
}

/** Names the state of a source. */
export function sourceStateWords(state: Source['state']): string {
  switch (state) {
    case 'connecting':
      return 'Connecting';
    case 'up':
      return 'Connected';
    case 'waiting':
      return 'Not reachable';
    case 'listening':
      return 'Listening';
    case 'stopped':
      return 'Stopped';
  }
}

/** True when readings of this source cannot be expected at the moment. */
export function isDown(source: Source): boolean {
  return source.state === 'waiting' || source.state === 'stopped';
}

/** What went no further, for a reason of the API; one that is new here is written as it is. */
const DISCARDED: Readonly<Record<string, string>> = {
  ...{
    unknown_tag: 'tag not in the plant',
    invalid_tag: 'name that no tag can have',
    adopt_limit: 'too many new tags',
  },
  ...{ not_a_number: 'not a number', not_finite: 'not a finite number', not_exact: 'number too large to be exact' },
  ...{
    invalid_time: 'time that cannot be read',
    no_time: 'without a time',
    invalid_quality: 'quality that cannot be read',
  },
  ...{
    too_old: 'older than what is kept',
    too_new: 'time ahead of our clock',
    invalid_item: 'entry that cannot be read',
  },
  ...{ invalid_unit: 'wrong unit', invalid_rate: 'wrong rate', invalid_size: 'wrong size', too_large: 'too large' },
  ...{
    derived_tag: 'tag that is computed here',
    malformed: 'cannot be read',
    deadband: 'changed less than the deadband',
  },
  ...{ rate_limit: 'more than the rate limit', duplicate: 'came twice', conflict: 'another value for the same time' },
  ...{
    retained: 'kept by the broker from earlier',
    no_birth: 'before its birth',
    sequence_gap: 'after a gap in its numbers',
  },
  ...{ transient: 'not meant to be stored', unasked: 'not asked for', log_full: 'the readings log was full' },
};

/** Says how many readings were not stored and why: `1 (the readings log was full)`. */
export function discardWords(reason: string, count: number): string {
  return `${count.toLocaleString('en-GB')} (${DISCARDED[reason] ?? reason.replaceAll('_', ' ')})`;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
