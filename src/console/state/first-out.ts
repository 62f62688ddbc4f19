import type { Alert } from '../api.generated.ts';

/**
 * Whether an alert was the first of several of its asset, or came after it; `null` for one alone. The first learns of the others
 * only when it is fetched again: until then they name it.
 */
export function firstOutWords(alert: Alert, alerts: Iterable<Alert>): string | null {
  if (alert.firstOutAlert !== undefined) return 'After first out';
  if (alert.firstOut) return 'First out';
  for (const other of alerts) if (other.firstOutAlert === alert.id) return 'First out';
  return null;
}
