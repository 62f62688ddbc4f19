import type { AssetHealth, BlindSpot, HealthPull } from '../../src/model/asset-health.ts';
import { adviseMeasurements } from './advise.ts';
import type { HealthEvidence } from './evidence.ts';
import { rankModes } from './modes.ts';
import { pullOf } from './pull.ts';

/** Without an alert the health is only said when most of what should watch the machine does: half of it may hide half of what is wrong. */
const LEAST_CONFIDENCE = 0.5;
/** Nobody reads more, and whoever sends alarms of a source decides how many there are. */
const MOST_PULLS = 100;

/**
 * How an asset is: 1 while nothing that watches it sees anything, else what the worst alert leaves of it (a machine is as well as its worst
 * part; two alerts of one cause do not count twice). Unknown without an alert when fewer than half of the rules on it hear what they
 * judge: a machine that nobody hears is not well. An asset that is only the sum of its parts is as well as the worst of those. The scale
 * is explained in pull.ts. Sources: ISO 13374-1 (health assessment as a grade with its evidence), ISO 20816-1 (zones).
 */
export function assessHealth(evidence: HealthEvidence, parts: readonly AssetHealth[] = []): AssetHealth {
  const { asset, at, alerts, watches } = evidence;
  const pulls = [...alerts.map((alert) => pullOf(asset, alert)), ...parts.flatMap(partPull)].sort(
    (a, b) => a.left - b.left,
  );
  const blind = watches.flatMap((watch) => watch.blind ?? []);
  const confidence = confidenceOf(evidence, parts);
  const health = pulls[0]?.left ?? (confidence >= LEAST_CONFIDENCE ? 1 : null);
  const modes = rankModes(evidence);
  return {
    asset,
    at,
    health,
    confidence,
    says: say({ pulls, blind, watches: watches.length, parts, health }),
    pulls: pulls.slice(0, MOST_PULLS),
    morePulls: Math.max(0, pulls.length - MOST_PULLS),
    blind,
    modes,
    measurements: adviseMeasurements(modes, evidence),
  };
}

function partPull({ asset, health, pulls }: AssetHealth): HealthPull[] {
  const [worst] = pulls;
  if (health === null || worst === undefined) return [];
  return [{ ...worst, kind: 'part', left: health, why: `${asset}: ${worst.why}` }];
}

/** Every rule counts the same, and every part. */
function confidenceOf({ watches }: HealthEvidence, parts: readonly AssetHealth[]): number {
  const own = watches.map(({ blind }) => (blind === null ? 1 : 0));
  const all = [...own, ...parts.map((part) => part.confidence)];
  return all.length === 0 ? 0 : all.reduce((a, b) => a + b, 0) / all.length;
}

interface Said {
  readonly pulls: readonly HealthPull[];
  readonly blind: readonly BlindSpot[];
  readonly watches: number;
  readonly parts: readonly AssetHealth[];
  readonly health: number | null;
}

function say({ pulls, blind, watches, parts, health }: Said): string {
  const [worst] = pulls;
  if (worst !== undefined) return `${worst.explanation} (${worst.why})`;
  if (watches === 0 && parts.length === 0) return 'not known: no rule about the machine watches it';
  const hears = `${watches - blind.length} of ${watches} ${watches === 1 ? 'rule hears what it judges' : 'rules hear what they judge'}`;
  if (health === null) return watches === 0 ? 'not known: its parts are not' : `not known: ${hears}${sayBlind(blind)}`;
  return `nothing is wrong that its rules look for${watches === 0 ? '' : `: ${hears}${sayBlind(blind)}`}`;
}

function sayBlind([first, ...others]: readonly BlindSpot[]): string {
  if (first === undefined) return '';
  return ` (${first.tag}: ${first.reason}${others.length === 0 ? '' : ` and ${others.length} more`})`;
}
