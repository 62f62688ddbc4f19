import type { HealthPull, PullKind } from '../../src/model/asset-health.ts';
import { sayDuration } from '../detector.ts';
import type { StandingAlert } from './evidence.ts';

/*
 * Health is an ordinal scale in quarters, those of the zones of ISO 10816-3 and 20816-1, because they say what may be done with a
 * machine: A as new, B fit for operation without limit in time, C not for long operation, D damage is expected. What other methods say is
 * put into the quarter that asks for the same. The quarters are equally wide because nothing says that one step is more than another; no
 * other weight is in it.
 */
const B_TOP = 0.75;
const C_TOP = 0.5;
const D_TOP = 0.25;
const MIDDLE = 0.125;

const HOUR_MS = 3_600_000;

/** What a standing alert leaves of the health of its asset, and why. */
export function pullOf(asset: string, alert: StandingAlert): HealthPull {
  const { id, rule, tag, unit, value, limit, level, rul, explanation } = alert;
  const { kind, left, why } = leftBy(alert);
  return { kind, left, why, alert: id, rule, asset, tag, unit, value, limit, level, rul, explanation };
}

interface Left {
  readonly kind: PullKind;
  readonly left: number;
  readonly why: string;
}

function leftBy(alert: StandingAlert): Left {
  const { rul, withinHours, level, detect } = alert;
  if (rul !== undefined && withinHours !== null) return leftByForecast(rul.p50, withinHours);
  const kind = kindOf(alert);
  if (level === null) {
    if (kind === 'external')
      return { kind, left: D_TOP + MIDDLE, why: 'its control system has an alarm: not for long operation' };
    return { kind, left: C_TOP + MIDDLE, why: 'it is not as it usually is, and no limit is broken' };
  }
  if (level === 'HH' || level === 'LL')
    return { kind, left: MIDDLE, why: 'beyond its last limit: how far it may go on is not known' };
  const share = shareToNext(alert);
  if (share === null)
    return {
      kind,
      left: D_TOP + MIDDLE,
      why: `${detect === 'bearing' || detect === 'rotor' ? 'a fault is found' : 'beyond its limit'}: not for long operation`,
    };
  return {
    kind,
    left: C_TOP - (C_TOP - D_TOP) * share,
    why: `beyond its limit by ${(100 * share).toFixed(0)} % of the way to the next: not for long operation`,
  };
}

/** Nothing is broken yet: from B/C, when it is reached, up to A/B at the time at which the rule begins to tell. */
function leftByForecast(p50Hours: number, withinHours: number): Left {
  const left = C_TOP + (B_TOP - C_TOP) * Math.min(1, Math.max(0, p50Hours) / withinHours);
  const why = `its limit is not reached, and will be in ${sayDuration(Math.round(p50Hours * HOUR_MS))} (P50)`;
  return { kind: 'forecast', left, why };
}

function kindOf({ kind, detect, level }: StandingAlert): PullKind {
  if (kind === 'external') return 'external';
  if (detect === 'bearing' || detect === 'rotor') return 'diagnosis';
  return level === null ? 'unusual' : 'limit';
}

/** How far a value is between its limit and the next, 0..1; `null` where one of them is not known. */
function shareToNext({ value, limit, nextLimit }: StandingAlert): number | null {
  if (value === null || limit === null || nextLimit === null || nextLimit === limit) return null;
  return Math.min(1, Math.max(0, (value - limit) / (nextLimit - limit)));
}
