import type { RankedMode } from '../../src/model/asset-health.ts';
import { type Cause, packOf, type Symptom } from '../packs/packs.ts';
import type { HealthEvidence, StandingAlert } from './evidence.ts';
import { MODE_OF_FAULT } from './faults.ts';

/** What no table knows. */
export const SOMETHING_ELSE = 'something else';

/** One time in ten the cause is one that a table does not know: our choice, so that no table alone can rule a cause out. */
const TABLE_MISSES = 0.1;
const MOST_MODES = 8;

/** By mode. */
const CHECK_OF_MODE = new Map(Object.values(MODE_OF_FAULT).map(({ mode, check }) => [mode, check]));

/** One cause under several names: those of one symptom were written for their reader. */
const SAME_MODE: Readonly<Record<string, string>> = {
  'cavitation: suction too low': 'cavitation',
  'overload by what it drives': 'overload',
  'jam or overload': 'overload',
  'pump worn: leakage oil': 'inner leakage',
  'winding or rotor': 'electrical fault of the motor',
};

/** A part hotter than its like at the same load. Ours, after NETA MTS-2019 table 100.18, which says how urgent it is and not why. */
const HOTTER_THAN_ITS_LIKE: readonly Cause[] = [
  { cause: 'loose or corroded connection', failureMode: 'OHE', likelihood: 0.6, check: 'torque, voltage drop' },
  { cause: 'uneven load', failureMode: 'OHE', likelihood: 0.25, check: 'current of all phases' },
  { cause: 'damaged part', failureMode: 'OHE', likelihood: 0.15, check: 'swap it with its like' },
];

/** What one thing that was seen says of each mode. */
interface Line {
  readonly says: (mode: string) => string;
  /** By mode; add up to 1. */
  readonly shares: ReadonlyMap<string, number>;
}

/**
 * Ranks what may be wrong with an asset, the likeliest first. Each thing that was seen is a table P(mode | seen), and they are multiplied
 * (naive Bayes with equal priors, one fault at a time): independent given the mode, which holds for tables of different quantities. That
 * is why alerts of one tag count once, and a diagnosis of the waveform takes the place of the symptom "vibration", of which it is a
 * closer look. What is normal counts neither way: the tables don't say how often a fault hides. Empty while nothing stands that a table
 * knows. Source: J. Pearl, Probabilistic Reasoning in Intelligent Systems, 1988, 2.2; the shares are those of the packs.
 */
export function rankModes(evidence: HealthEvidence): readonly RankedMode[] {
  const tables = new Map<string, Cause>();
  const lines = [...diagnosisLine(evidence), ...symptomLines(evidence, tables)];
  if (lines.length === 0) return [];
  const names = [...new Set([...lines.flatMap(({ shares }) => [...shares.keys()]), SOMETHING_ELSE])];
  const weights = names.map((name) =>
    lines.reduce(
      (product, { shares }) => product * ((1 - TABLE_MISSES) * (shares.get(name) ?? 0) + TABLE_MISSES / names.length),
      1,
    ),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return names
    .map((mode, i): RankedMode => {
      const cause = tables.get(mode);
      return {
        mode,
        failureMode: cause?.failureMode ?? (mode === SOMETHING_ELSE ? null : 'VIB'),
        likelihood: weights[i]! / sum,
        check: cause?.check ?? CHECK_OF_MODE.get(mode) ?? null,
        evidence: lines.flatMap(({ says, shares }) => {
          const share = shares.get(mode);
          return share === undefined ? [] : [`${says(mode)}: ${(100 * share).toFixed(0)} %`];
        }),
      };
    })
    .sort((a, b) => b.likelihood - a.likelihood)
    .slice(0, MOST_MODES);
}

/** What the newest captures say, of which an alert of a method on captures stands. */
function diagnosisLine({ alerts, faults }: HealthEvidence): Line[] {
  if (!alerts.some(isDiagnosis)) return [];
  const strongest = new Map<string, { readonly strength: number; readonly tag: string; readonly fault: string }>();
  for (const { fault, strength, tag } of faults) {
    const { mode } = MODE_OF_FAULT[fault];
    if (strength > (strongest.get(mode)?.strength ?? 0)) strongest.set(mode, { strength, tag, fault });
  }
  if (strongest.size === 0) return [];
  // Squares, as the methods themselves share a finding out: energy, of which strength is the root.
  const sum = [...strongest.values()].reduce((total, { strength }) => total + strength ** 2, 0);
  const says = (mode: string) => {
    const seen = strongest.get(mode);
    return seen === undefined ? mode : `${seen.fault} ${seen.strength.toFixed(1)} times what is notable at ${seen.tag}`;
  };
  return [{ says, shares: new Map([...strongest].map(([mode, { strength }]) => [mode, strength ** 2 / sum])) }];
}

function symptomLines({ asset, pack, alerts, faults }: HealthEvidence, tables: Map<string, Cause>): Line[] {
  const seen = new Set(alerts.some(isDiagnosis) && faults.length > 0 ? ['vibration'] : []);
  return alerts.flatMap((alert): Line[] => {
    const name = quantityOf(asset, alert);
    if (name === null || seen.has(name)) return [];
    const causes = causesOf(pack, name, alert);
    if (causes.length === 0) return [];
    seen.add(name);
    const shares = new Map<string, number>();
    for (const cause of causes) {
      const mode = SAME_MODE[cause.cause] ?? cause.cause;
      if (!tables.has(mode)) tables.set(mode, cause);
      shares.set(mode, (shares.get(mode) ?? 0) + cause.likelihood);
    }
    const coming = alert.rul === undefined ? '' : ' before long';
    const said = `${name} ${directionOf(alert)}${coming}`;
    return [{ says: () => said, shares }];
  });
}

function causesOf(pack: string | null, name: string, alert: StandingAlert): readonly Cause[] {
  const is = directionOf(alert);
  const own = packOf(pack)?.symptoms.find((symptom) => symptom.tag === name && symptom.is === is);
  return own?.causes ?? (alert.detect === 'thermal' ? HOTTER_THAN_ITS_LIKE : []);
}

/** The name of the tag that the tables know; the velocity of waveforms is what a tag "vibration" measures. */
function quantityOf(asset: string, { tag, kind }: StandingAlert): string | null {
  if (tag === null || kind !== 'machine') return null;
  return tag.endsWith('.velocity_rms') ? 'vibration' : tag.slice(asset.length + 1);
}

function directionOf({ level, value, limit }: StandingAlert): Symptom['is'] {
  if (level !== null) return level.startsWith('L') ? 'low' : 'high';
  return value !== null && limit !== null && value < limit ? 'low' : 'high';
}

function isDiagnosis({ detect }: StandingAlert): boolean {
  return detect === 'bearing' || detect === 'rotor';
}
