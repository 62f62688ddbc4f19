import { isDeepStrictEqual } from 'node:util';
import { detectorOf } from '../../rules/index.ts';
import { type Pack, packOf } from '../../rules/packs/packs.ts';
import type { MeasuringPoint } from '../model/measuring-point.ts';
import type { Asset, JobPlan, PackReport, Rule, Tag } from '../model/plant.ts';
import { putPointRule, putZoneRule } from './feature-rules.ts';

/** What packs are laid over. */
interface Surroundings {
  readonly assets: readonly Asset[];
  readonly tags: ReadonlyMap<string, Tag>;
  readonly points: readonly MeasuringPoint[];
  readonly jobs: Readonly<Record<string, JobPlan>>;
  /** Assets that want none. */
  readonly without: ReadonlySet<string>;
}

/**
 * Lays the packs of the assets' classes under the rules of the plant file, which stay as they are: rules on waveforms where the plant file
 * has none that judges the same in the same place, and the causes of symptoms on the jobs of its rules. Gives all rules, and what the packs
 * brought.
 */
export function layPacks(
  rules: readonly Rule[],
  around: Surroundings,
): { readonly rules: readonly Rule[]; readonly packs?: readonly PackReport[] } {
  const added: Rule[] = [];
  const reports: PackReport[] = [];
  const packs = new Map<string, Pack>();
  for (const asset of around.assets) {
    const pack = around.without.has(asset.id) ? undefined : packOf(asset.class);
    if (pack === undefined) continue;
    packs.set(asset.id, pack);
    const own = around.points.filter(({ tag }) => around.tags.get(tag)?.asset === asset.id);
    const brought = own.flatMap((point) => rulesFor(point, pack, [...rules, ...added], around.jobs));
    added.push(...brought);
    const lacks = pack.tags.filter((name) => !around.tags.has(`${asset.id}.${name}`));
    reports.push({ asset: asset.id, class: pack.class, rules: brought.map(({ id }) => id), lacks });
  }
  const advised = [...rules, ...added].map((rule) => adviseOn(rule, packs, around.tags));
  return { rules: advised, ...(reports.length > 0 && { packs: reports }) };
}

function rulesFor(
  point: MeasuringPoint,
  pack: Pack,
  rules: readonly Rule[],
  jobs: Readonly<Record<string, JobPlan>>,
): Rule[] {
  const judges = pack.judges.flatMap((detect) => {
    const id = `${point.id}-${detect}`;
    const isTaken = rules.some(
      (rule) => rule.id === id || (rule.detect === detect && rule.on.some((tag) => tag.startsWith(`${point.tag}.`))),
    );
    return isTaken ? [] : (putPointRule(id, detect, point, jobs) ?? []);
  });
  return judges.length === 0 ? [] : [...judges, ...zoneRule(point, rules)];
}

function zoneRule(point: MeasuringPoint, rules: readonly Rule[]): readonly Rule[] {
  const id = `${point.id}-zone`;
  const isTaken = rules.some(
    (rule) => rule.id === id || (rule.detect === 'iso-zone' && rule.on.includes(`${point.tag}.velocity_rms`)),
  );
  const rule = isTaken ? null : putZoneRule(id, point);
  return rule === null ? [] : [rule];
}

/** Adds to a rule's job what is usually behind it. What is wrong with an instrument has none of the machine's causes. */
function adviseOn(rule: Rule, packs: ReadonlyMap<string, Pack>, tags: ReadonlyMap<string, Tag>): Rule {
  if (rule.workOrder === null || detectorOf(rule.detect)?.about !== 'machine') return rule;
  const [symptoms = [], ...others] = rule.on.map((name) => symptomsOf(tags.get(name), packs));
  // Whichever tag raises the alert: the causes must be its own.
  if (symptoms.length === 0 || others.some((each) => !isDeepStrictEqual(each, symptoms))) return rule;
  const causes = Object.fromEntries(symptoms.map((symptom) => [symptom.is, symptom.causes]));
  return { ...rule, workOrder: { ...rule.workOrder, causes } };
}

function symptomsOf(tag: Tag | undefined, packs: ReadonlyMap<string, Pack>): Pack['symptoms'] {
  if (tag === undefined) return [];
  const name = tag.name.slice(tag.asset.length + 1);
  return packs.get(tag.asset)?.symptoms.filter((symptom) => symptom.tag === name) ?? [];
}
