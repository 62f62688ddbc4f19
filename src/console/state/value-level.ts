import type { Alert } from '../api.generated.ts';
import { isStanding } from './alert-stage.ts';

/**
 * The level that the present value of a tag is at by its alert, `null` without one. Once the condition has gone the value carries
 * none, and never that of a forecast: what is very high there is the value of days to come.
 */
export function valueLevel(alert: Pick<Alert, 'state' | 'returnedAt' | 'level' | 'rul'>): Alert['level'] {
  return isStanding(alert) && alert.rul === undefined ? alert.level : null;
}
