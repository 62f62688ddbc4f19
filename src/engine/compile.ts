import { createHash } from 'node:crypto';
import type { AlertPolicy } from '../../rules/alert-state.ts';
import type { Detector, Subject } from '../../rules/detector.ts';
import { type Condition, compileCondition } from '../../rules/expression.ts';
import { detectorOf } from '../../rules/index.ts';
import type { AlertKind, Priority } from '../model/alert.ts';
import { RuleError } from '../model/errors.ts';
import type { JudgedPlant, JudgedSource } from '../model/judged-plant.ts';
import type { Rule, Tag, WorkOrderPolicy } from '../model/plant.ts';
import { implicitPushId } from '../model/push-source.ts';
import { compileDerivations, type Derivation } from './derivations.ts';

/** One rule on one tag, or on all its tags when its detector joins them, ready to be evaluated. */
export interface Watch {
  /** `<rule>|<tag>`, or `<rule>|*` of a rule that joins: finds its state in a checkpoint. */
  readonly key: string;
  /** Changes when the rule does: a state made under another rule is not used. */
  readonly fingerprint: string;
  /** The same of what decides what is learnt once; `null`: nothing is. */
  readonly lessonPrint: string | null;
  readonly rule: string;
  /** The tag its alerts are filed under, unless the detector files them under that with the largest part: of several the first. */
  readonly tag: Tag;
  /** What it judges, in the order of the detector's inputs. */
  readonly tags: readonly Tag[];
  /** Readings farther apart than this are not judged together. */
  readonly toleranceMs: number;
  readonly detector: Detector;
  // The detector's own schema has checked this; only it knows the shape.
  readonly config: never;
  readonly subject: Subject;
  /** One object for all watches of a rule. */
  readonly condition: Condition | null;
  /** Of an expression rule: what it watches for. */
  readonly alarm: Condition | null;
  readonly policy: AlertPolicy;
  readonly kind: AlertKind;
  readonly priority: Priority;
  readonly workOrder: WorkOrderPolicy | null;
}

/** The link of one source, watched without a rule in the plant file. */
export interface LinkWatch {
  readonly key: string;
  readonly source: JudgedSource;
  readonly policy: AlertPolicy;
  /** IANA name of the plant's. */
  readonly timezone: string;
}

/** All that the engine evaluates. */
export interface EnginePlan {
  readonly watches: readonly Watch[];
  readonly links: readonly LinkWatch[];
  /** The derived tags. */
  readonly derivations: readonly Derivation[];
  /** The tags of every source on which a rule watches for silence: while any of them is heard, the source is not silent. */
  readonly witnesses: readonly { readonly tag: string; readonly source: string }[];
  /** The kind of each source by its id: an alarm of another one has nobody left to end it. */
  readonly sources: ReadonlyMap<string, string>;
  /** How late the readings of a tag may come, ms; only of tags whose source may be late. */
  readonly lateness: ReadonlyMap<string, number>;
}

/** A link that flaps must stay up this long before its alert returns. */
export const LINK_OFF_DELAY_MS = 5_000;

/** A second's scan may take two, and some sources report every few seconds. */
const DEFAULT_TOLERANCE_MS = 10_000;

/** Name under which link alerts are listed. */
export const COMMUNICATIONS_RULE = 'communications';

/** Finds the detector of a kind. */
export type Registry = (kind: string) => Detector | undefined;

/**
 * Compiles a plant's rules over the detectors of a registry: ours, unless said otherwise.
 * Throws `rule_failed` for a rule that a checked plant file can't contain.
 */
export function compilePlan(plant: JudgedPlant, registry: Registry = detectorOf): EnginePlan {
  const tags = new Map(plant.tags.map((tag) => [tag.name, tag]));
  return {
    watches: plant.rules.flatMap((rule) => compileRule(rule, { tags, registry, timezone: plant.timezone ?? 'UTC' })),
    links: plant.sources
      .filter(({ kind }) => kind !== 'http')
      .map((source) => ({
        key: `${COMMUNICATIONS_RULE}|${source.id}`,
        source,
        policy: { onDelayMs: source.alertAfterMs, offDelayMs: LINK_OFF_DELAY_MS },
        timezone: plant.timezone ?? 'UTC',
      })),
    derivations: compileDerivations(plant.tags),
    witnesses: witnessesOf(plant, tags),
    sources: kindsOf(plant),
    lateness: latenessOf(plant),
  };
}

/**
 * Finds the watches of one rule after another as `compilePlan` makes them, each compiled when it is first asked for: all rules of a large
 * plant at once take longer than the event loop may be held.
 */
export function watchesByRule(plant: JudgedPlant, registry: Registry = detectorOf): (rule: string) => readonly Watch[] {
  const tags = new Map(plant.tags.map((tag) => [tag.name, tag]));
  const rules = new Map(plant.rules.map((rule) => [rule.id, rule]));
  const compiled = new Map<string, readonly Watch[]>();
  return (id) => {
    const known = compiled.get(id);
    if (known !== undefined) return known;
    const rule = rules.get(id);
    const watches = rule === undefined ? [] : compileRule(rule, { tags, registry, timezone: plant.timezone ?? 'UTC' });
    compiled.set(id, watches);
    return watches;
  };
}

/** The watches of rules `on` a tag that judge it, as `compilePlan` makes them, without what it takes to make all the others. */
export function compileWatchesOf(tag: string, plant: JudgedPlant, registry: Registry = detectorOf): readonly Watch[] {
  const tags = new Map(plant.tags.map((each) => [each.name, each]));
  const only = { tags, registry, timezone: plant.timezone ?? 'UTC', only: tag };
  return plant.rules.filter(({ on }) => on.includes(tag)).flatMap((rule) => compileRule(rule, only));
}

function witnessesOf({ rules, tags }: JudgedPlant, byName: ReadonlyMap<string, Tag>): EnginePlan['witnesses'] {
  const silences = rules.filter(({ detect }) => detect === 'stale').flatMap(({ on }) => on);
  const sources = new Set(silences.map((name) => byName.get(name)?.source));
  return tags.flatMap(({ name, source }) => (source !== null && sources.has(source) ? [{ tag: name, source }] : []));
}

function compileRule(
  rule: Rule,
  {
    tags,
    registry,
    timezone,
    only,
  }: { tags: ReadonlyMap<string, Tag>; registry: Registry; timezone: string; only?: string },
): Watch[] {
  const detector = registry(rule.detect);
  if (!detector) throw new RuleError('rule_failed', `rule ${rule.id}: there is no detector ${rule.detect}`);
  const condition = rule.when === null ? null : compileText(rule, rule.when);
  const written = detector.kind === 'expression' ? rule.with['alarm'] : null;
  const alarm = typeof written === 'string' ? compileText(rule, written, { sides: 'wanted' }) : null;
  const on = [...new Set([...rule.on, ...(rule.given ?? []), ...(alarm?.reads ?? [])])].map((name) =>
    find(tags, name, rule),
  );
  const apart = only === undefined ? on : on.filter(({ name }) => name === only);
  const judged = detector.joins || alarm ? [on] : apart.map((tag) => [tag]);
  return judged.map((each) => compileWatch(rule, { detector, condition, alarm, tags: each, timezone }));
}

function compileText(rule: Rule, text: string, also: { readonly sides?: 'wanted' } = {}): Condition {
  const condition = compileCondition(text, { tags: () => true, ...also });
  if (!condition.ok) throw new RuleError('expression_invalid', `rule ${rule.id}: ${condition.message}`);
  return condition;
}

function compileWatch(
  rule: Rule,
  {
    detector,
    condition,
    alarm,
    tags,
    timezone,
  }: Pick<Watch, 'detector' | 'condition' | 'alarm' | 'tags'> & { readonly timezone: string },
): Watch {
  const tag = tags[0]!; // a rule is on at least one
  const subjects = tags.map(({ name, unit, range }) => ({
    tag: name,
    unit: unit ?? '',
    ...(range && { range }),
    ...(rule.given?.includes(name) && { isGiven: true as const }),
  }));
  return {
    key: `${rule.id}|${detector.joins || alarm ? '*' : tag.name}`,
    fingerprint: fingerprintOf(rule, tags),
    lessonPrint: detector.learnsOnce?.(rule.with as never) ? lessonPrintOf(rule, tags) : null,
    rule: rule.id,
    tag,
    tags,
    toleranceMs: rule.toleranceMs ?? DEFAULT_TOLERANCE_MS,
    detector,
    config: rule.with as never,
    subject: { ...subjects[0]!, timezone, ...(detector.joins && { inputs: subjects }) },
    condition,
    alarm,
    policy: policyOf(rule),
    kind: detector.about,
    priority: rule.priority,
    workOrder: rule.workOrder,
  };
}

function policyOf({ onDelayMs, offDelayMs, latch, reAlarmMs }: Rule): AlertPolicy {
  return {
    onDelayMs,
    offDelayMs,
    ...(latch === undefined ? {} : { latch }),
    ...(reAlarmMs === undefined ? {} : { reAlarmMs }),
  };
}

/** The kind of each source by its id, with the one that can always be pushed to. */
function kindsOf({ sources }: JudgedPlant): ReadonlyMap<string, string> {
  const kinds = new Map(sources.map(({ id, kind }) => [id, kind]));
  const push = implicitPushId(sources);
  return push === null ? kinds : kinds.set(push, 'http');
}

function latenessOf({ sources, tags }: JudgedPlant): ReadonlyMap<string, number> {
  const bySource = new Map(sources.map(({ id, latenessMs = 0 }) => [id, latenessMs]));
  const byTag = tags.map(({ name, source }) => [name, source === null ? 0 : (bySource.get(source) ?? 0)] as const);
  return new Map(byTag.filter(([, latenessMs]) => latenessMs > 0));
}

function find(tags: ReadonlyMap<string, Tag>, name: string, rule: Rule): Tag {
  const tag = tags.get(name);
  if (!tag) throw new RuleError('rule_failed', `rule ${rule.id}: there is no tag ${name}`);
  return tag;
}

function fingerprintOf(rule: Rule, tags: readonly Tag[]): string {
  const { detect, when, onDelayMs, offDelayMs, latch, reAlarmMs, toleranceMs } = rule;
  const [{ unit, range }] = tags as readonly [Tag]; // a rule is on at least one
  const alone = [detect, rule.with, when, onDelayMs, offDelayMs, unit, range];
  const insistence = latch || reAlarmMs !== undefined ? [latch, reAlarmMs] : [];
  const together = tags.length === 1 ? [] : [toleranceMs, ...tags.map((tag) => [tag.name, tag.unit, tag.range])];
  const computed = tags.flatMap(({ name, derived }) => (derived ? [[name, derived]] : []));
  const given = rule.given === undefined ? [] : [rule.given];
  return digest([...alone, ...insistence, ...together, ...computed, ...given]);
}

function lessonPrintOf(rule: Rule, tags: readonly Tag[]): string {
  return digest([rule.detect, rule.with, tags.map(({ name, unit, derived }) => [name, unit, derived])]);
}

function digest(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}

/** Whether what a rule learns is what is normal for the machine, and not the course of one run. */
export function keepsLearnt({ detector, lessonPrint }: Pick<Watch, 'detector' | 'lessonPrint'>): boolean {
  return detector.keepsLearnt === true || lessonPrint !== null;
}
