import type { Alert, Delivery, Source } from '../api.generated.ts';

/** Names the state of an alert as a technician would say it. */
export function alertStateWords(state: Alert['state']): string {
  switch (state) {
    case 'unacknowledged':
      return 'Unacknowledged';
    case 'acknowledged':
      return 'Acknowledged';
    case 'returned':
      return 'Back to normal, unacknowledged';
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

/** What to look at first for a code of the last error; empty for a code that explains itself. */
export function errorAdvice(code: string): string {
  return ERROR_ADVICE[code] ?? '';
}

/** Says why readings were not stored, for a reason of the API. */
export function discardWords(reason: string): string {
  return reason.replaceAll('_', ' ');
}

const ERROR_ADVICE: Readonly<Record<string, string>> = {
  connection_refused: 'The device answers but refuses: check the port, and that its service runs.',
  connection_lost: 'The link broke: check cable, switch and power of the device.',
  connection_timeout: 'Nothing answers at this address: check power, cable, address and firewall.',
  request_timeout: 'The link is there, the device does not answer in time: check unit id and load.',
  answer_invalid: 'The device answers in a way that makes no sense: check kind, port and firmware.',
  authentication_failed: 'The device refuses the user or the password.',
  certificate_refused: 'One side does not trust the certificate of the other: check trust list and dates.',
  subscription_refused: 'The broker or server refuses the subscription: check rights and topics.',
  device_fault: 'The device reports a fault of its own.',
};

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
