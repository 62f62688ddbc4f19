import { Type } from 'typebox';
import type { Contribution, Finding, Subject, Verdict } from '../detector.ts';
import { boundaries, boundariesIn, foundation, group, source, standard, type ZoneSettings } from '../iso-zone/index.ts';
import { PROVENANCE, type Zone, zoneOf } from '../iso-zone/tables.ts';
import { sayNumber } from '../say-number.ts';

/** Settings that every method on features has. */
export const judgingSettings = {
  confirm: Type.Integer({
    minimum: 1,
    maximum: 100,
    default: 2,
    description: 'So many captures in a row must say it before an alert is raised, and before it returns.',
  }),
  standard,
  group,
  foundation,
  boundaries,
  source,
};

/** The value of one feature; NaN where the point has none of that name, or the capture does not say. */
export function featureOf(inputs: Float64Array, subject: Subject, name: string): number {
  const index = subject.inputs?.findIndex(({ tag }) => tag.endsWith(`.${name}`)) ?? -1;
  return index < 0 ? Number.NaN : inputs[index]!;
}

/** The tag of the captures. */
export function captureTagOf({ tag }: Subject): string {
  return tag.slice(0, tag.lastIndexOf('.'));
}

/** How often in a row captures said the same; what is abnormal stays so until as many say otherwise. */
export interface Persistence {
  isAbnormal: boolean;
  /** Captures in a row that say otherwise than `isAbnormal`. */
  against: number;
}

/** Takes what one capture says; changes its mind after `confirm` of them. `undecided`: this one says otherwise, and is not enough. */
export function persist(
  state: Persistence,
  says: 'faulty' | 'well',
  confirm: number,
): 'abnormal' | 'normal' | 'undecided' {
  const isFaulty = says === 'faulty';
  state.against = isFaulty === state.isAbnormal ? 0 : state.against + 1;
  if (state.against >= confirm) {
    state.isAbnormal = isFaulty;
    state.against = 0;
  }
  if (state.isAbnormal === isFaulty) return isFaulty ? 'abnormal' : 'normal';
  return 'undecided';
}

/** The verdict on captures whose fault has a strength, of which 1 is notable; NaN says nothing. `describe` gives the one on a fault. */
export function judgeStrength(
  state: Persistence,
  strength: number,
  { confirm, describe }: { readonly confirm: number; readonly describe: () => Verdict },
): Verdict {
  if (Number.isNaN(strength)) return { state: 'unknown' };
  switch (persist(state, strength >= 1 ? 'faulty' : 'well', confirm)) {
    case 'normal':
      return { state: 'normal', score: Math.min(1, strength / 2) };
    case 'undecided':
      return { state: 'unknown' };
    case 'abnormal':
      return describe();
  }
}

/** What to tell of captures in which nothing is notable any more: the strength they have now, of which 1 is notable. */
export function strengthAgain(
  name: string,
  what: string,
  inputs: Float64Array,
  { before, subject }: { readonly before: Finding; readonly subject: Subject },
): Finding | null {
  const value = featureOf(inputs, subject, name);
  if (!Number.isFinite(value)) return null;
  const explanation = `${captureTagOf(subject)}: ${what} is notable any more, its strength is ${value.toFixed(2)} where 1 is notable; it was ${before.value.toFixed(2)}`;
  return { value, limit: 1, explanation };
}

/** What speaks for each cause. */
export interface Candidate {
  readonly fault: string;
  /** Over what is notable. */
  readonly strength: number;
}

/**
 * Likelihoods of causes that were all looked for, largest first: shares of their squared strengths. A share of what was seen, and not
 * a probability: nothing is known of how often each comes.
 */
export function likelihoods(candidates: readonly Candidate[]): readonly (Candidate & { readonly share: number })[] {
  const sum = candidates.reduce((total, { strength }) => total + strength * strength, 0);
  return candidates
    .map((each) => ({ ...each, share: (each.strength * each.strength) / sum }))
    .sort((a, b) => b.share - a.share);
}

/** Likelihoods as what contributed to a finding. */
export function contributionsOf(
  subject: Subject,
  ranked: readonly { readonly fault: string; readonly share: number }[],
): readonly Contribution[] {
  return ranked.map(({ fault, share }) => ({ tag: `${captureTagOf(subject)}.${fault}`, share }));
}

/** A fault in words: what is wrong, and behind semicolons, where people see lines, what speaks for it. No part has one itself. */
export function explain({
  headline,
  evidence,
  zone,
  distinguish,
}: {
  readonly headline: string;
  readonly evidence: readonly string[];
  readonly zone: { readonly said: string };
  readonly distinguish: string;
}): string {
  return [headline, ...evidence, zone.said, `to tell it apart: ${distinguish}`].join('; ');
}

/** The ISO zone of a velocity and how it is said; `null` when nobody told the machine's group, or there is no velocity: it says which. */
export function zoneOfVelocity(
  mms: number,
  settings: ZoneSettings,
): { readonly zone: Zone | null; readonly said: string } {
  const limits = boundariesIn('mm/s', settings);
  if (limits === null)
    return { zone: null, said: 'ISO zone not known: write power with its point under waveforms, or group in its rule' };
  if (!Number.isFinite(mms))
    return { zone: null, said: 'ISO zone not known: this capture gives no vibration velocity' };
  const zone = zoneOf(mms, limits);
  const provenance =
    settings.boundaries === undefined ? PROVENANCE[settings.standard] : (settings.source ?? 'own boundaries');
  return { zone, said: `zone ${zone} at ${sayNumber(mms)} mm/s (${provenance})` };
}
