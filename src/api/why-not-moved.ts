import type { Alert } from '../model/alert.ts';

/** Says why an alert could not be acknowledged or reset, and what to do first. */
export function whyNotMoved(
  kind: 'acknowledge' | 'reset',
  { state, returnedAt, acknowledgedBy }: Pick<Alert, 'state' | 'returnedAt' | 'acknowledgedBy'>,
): string {
  if (kind === 'acknowledge') {
    const already = state === 'acknowledged' ? `${acknowledgedBy ?? 'somebody'} has acknowledged it already, ` : '';
    return `the alert is ${state}: ${already}there is nothing to acknowledge`;
  }
  switch (state) {
    case 'returned':
      return 'the condition has gone, but nobody has acknowledged the alert: acknowledge it first, then reset it if it still stands';
    case 'unacknowledged':
      return 'the condition of the alert still holds: acknowledge it first, and reset it once the condition has gone';
    case 'acknowledged':
      if (returnedAt === null) return 'the condition of the alert still holds: it can be reset once that has gone';
      return 'the alert is acknowledged: there is nothing to reset';
    case 'normal':
    case 'pending':
      return `the alert is ${state}: there is nothing to reset`;
  }
}
