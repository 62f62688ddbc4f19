import { featureTagsOf } from '../../rules/features/features.ts';
import { type FaultFeature, isFaultFeature } from '../../rules/health/faults.ts';
import { detectorOf } from '../../rules/index.ts';
import type { Plant, Rule, Tag } from '../model/plant.ts';

/** A rule about the machine on one asset. */
export interface IndexedWatch {
  readonly rule: string;
  readonly detect: string;
  /** What it must hear to judge. */
  readonly tags: readonly string[];
  /** What its condition and its expression read besides, and what that is computed from. */
  readonly asks: readonly string[];
}

/** A feature of captures that is the strength of a fault. */
interface FaultTag {
  readonly fault: FaultFeature;
  readonly feature: string;
  /** The tag of the captures. */
  readonly tag: string;
}

/** What of a plant the health of its assets is worked out from, by asset. Made once for a plant. */
export interface PlantIndex {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly tags: ReadonlyMap<string, Tag>;
  readonly tagsOf: ReadonlyMap<string, readonly Tag[]>;
  readonly watchesOf: ReadonlyMap<string, readonly IndexedWatch[]>;
  readonly faultsOf: ReadonlyMap<string, readonly FaultTag[]>;
  readonly partsOf: ReadonlyMap<string, readonly string[]>;
  /** Class of the assets over which a pack is laid. */
  readonly packOf: ReadonlyMap<string, string>;
}

/** Indexes a plant. Linear in its tags and rules. */
export function indexPlant(plant: Plant): PlantIndex {
  const tags = new Map(plant.tags.map((tag) => [tag.name, tag]));
  return {
    rules: new Map(plant.rules.map((rule) => [rule.id, rule])),
    tags,
    tagsOf: group(plant.tags.map((tag) => [tag.asset, tag])),
    watchesOf: group(plant.rules.flatMap((rule) => watchesOf(rule, tags))),
    faultsOf: group((plant.points ?? []).flatMap((point) => faultsOf(point, tags))),
    partsOf: group(plant.assets.flatMap(({ id, parent }) => (parent === null ? [] : [[parent, id] as const]))),
    packOf: new Map((plant.packs ?? []).map(({ asset, class: kind }) => [asset, kind])),
  };
}

function watchesOf(rule: Rule, tags: ReadonlyMap<string, Tag>): (readonly [string, IndexedWatch])[] {
  const { id, detect, on, given = [] } = rule;
  const detector = detectorOf(detect);
  if (detector?.about !== 'machine') return [];
  // Of features that the same captures give the first stands for all; what joins otherwise needs each.
  const judged = detector.features ? [on.slice(0, 1)] : detector.joins ? [[...on, ...given]] : on.map((tag) => [tag]);
  const asks = asksOf(rule, tags);
  return judged.flatMap((each) => {
    const asset = tags.get(each[0] ?? '')?.asset;
    return asset === undefined ? [] : [[asset, { rule: id, detect, tags: each, asks }] as const];
  });
}

/** By the names in the texts: to compile the conditions of ten thousand rules would hold up the event loop. */
function asksOf({ when, on, with: settings }: Rule, tags: ReadonlyMap<string, Tag>): readonly string[] {
  const namesIn = (text: unknown): string[] =>
    typeof text === 'string'
      ? [...text.matchAll(/["']([^"']+)["']/g)].flatMap(([, name = '']) => (tags.has(name) ? [name] : []))
      : [];
  const asked = new Set([...namesIn(when), ...namesIn(settings['alarm'])]);
  const read = new Set([...on, ...asked]);
  for (const name of read)
    for (const input of namesIn(tags.get(name)?.derived?.value)) {
      asked.add(input);
      read.add(input); // the loop goes on over it
    }
  return [...asked];
}

function faultsOf(
  point: NonNullable<Plant['points']>[number],
  tags: ReadonlyMap<string, Tag>,
): (readonly [string, FaultTag])[] {
  const asset = tags.get(point.tag)?.asset;
  if (asset === undefined) return [];
  return featureTagsOf(point).flatMap(({ name }) =>
    isFaultFeature(name) ? [[asset, { fault: name, feature: `${point.tag}.${name}`, tag: point.tag }] as const] : [],
  );
}

function group<T>(pairs: readonly (readonly [string, T])[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const [key, value] of pairs) {
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [value]);
    else list.push(value);
  }
  return groups;
}
