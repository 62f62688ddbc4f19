import type { BlindReason, BlindSpot } from '../model/asset-health.ts';
import { sayTime } from '../model/plant-time.ts';
import type { TagJudge } from '../model/tag-judge.ts';

/** Says why a rule cannot judge now, as the health of its asset has it, and since when; `null`: it can. */
export function whyMuted(
  { rule, inputs, when }: Pick<TagJudge, 'rule' | 'inputs' | 'when'>,
  { blind, timezone }: { readonly blind: readonly BlindSpot[]; readonly timezone: string },
): string | null {
  const asks = (tag: string) => when?.includes(`"${tag}"`) || when?.includes(`'${tag}'`);
  const spot = blind.find((each) => each.rule === rule && (inputs.includes(each.tag) || asks(each.tag)));
  if (spot === undefined || spot.reason === 'learning') return null; // what it has learnt is told beside
  const since = spot.since === null ? '' : `, since ${sayTime(spot.since, timezone)}`;
  return `${sayReason(spot.reason, spot.tag)}${since}`;
}

function sayReason(reason: Exclude<BlindReason, 'learning'>, tag: string): string {
  switch (reason) {
    case 'never heard':
      return `nothing has come of ${tag} yet`;
    case 'silent':
      return `nothing comes of ${tag} any more`;
    case 'bad quality':
      return `${tag} has no good value`;
    case 'instrument':
      return `something is wrong with the instrument of ${tag}: see its alert`;
    case 'link':
      return `the link to the source of ${tag} is down: see its alert`;
  }
}
