import type { Detector, Subject, SubjectInput } from '../../rules/detector.ts';
import { type ConditionProblem, compileCondition, TAG_FUNCTIONS } from '../../rules/expression.ts';
import type { Rule, Tag, WorkOrderPolicy } from '../model/plant.ts';
import {
  type ClassOfAssets,
  isOnClass,
  isWrittenForClass,
  lacking,
  namesOnClasses,
  type RuleSurroundings,
  readClass,
  spread,
  tagsOf,
} from './class-rules.ts';
import type { LoadContext } from './context.ts';
import { find, isUnset, placeOf, scalar } from './document.ts';
import { putOnFeatures } from './feature-rules.ts';
import { nearest } from './nearest.ts';
import { saySetting } from './problems.ts';
import type { PlantDraft, RuleDraft } from './sections.ts';
import { shape } from './shape.ts';
import { sayUnknownTag } from './unknown-tag.ts';

/** Checks what rules refer to (tags, detectors, settings, conditions) and turns them into the model's. */
export function readRules(context: LoadContext, draft: PlantDraft, around: RuleSurroundings): readonly Rule[] {
  const rules = draft.rules ?? {};
  const read = Object.entries(rules).map(([id, rule]) => {
    const of = readClass(context, id, rules, around);
    return { rule: readRule(context, id, rule, { ...around, of }), of };
  });
  return putOnFeatures(context, spread(context, read), {
    points: around.points ?? [],
    jobs: around.jobs ?? {},
    written: Object.keys(rules),
  });
}

/** What one rule is checked against. */
type Surroundings = RuleSurroundings & { readonly of: ClassOfAssets | null };

function readRule(context: LoadContext, id: string, draft: RuleDraft, around: Surroundings): Rule {
  const on = typeof draft.on === 'string' ? [draft.on] : (draft.on ?? []);
  const given = draft.given ?? [];
  checkTags(context, ['rules', id, 'on'], draft.on, around);
  checkTags(context, ['rules', id, 'given'], draft.given, around);
  checkGiven(context, id, { kind: draft.detect, on, given, of: around.of });
  const [judged, explaining] = [tagsOf(on, around.of), tagsOf(given, around.of)];
  const each = [...subjectsOf(judged, around.tags), ...givenOf(explaining, around.tags)];
  const named = judged.length + explaining.length;
  const settings = readSettings(context, id, { kind: draft.detect, each, named });
  doubtSettings(context, id, { kind: draft.detect, settings, judged, tags: around.tags });
  checkCondition(context, ['rules', id, 'when'], draft.when, around);
  if (draft.detect === 'expression') checkCondition(context, ['rules', id, 'with', 'alarm'], settings['alarm'], around);
  return {
    id,
    on,
    ...(given.length > 0 && { given }),
    detect: draft.detect ?? '',
    with: settings,
    when: draft.when ?? null,
    onDelayMs: draft.onDelay ?? 0,
    offDelayMs: draft.offDelay ?? 0,
    ...(draft.tolerance !== undefined && { toleranceMs: draft.tolerance }),
    ...(draft.latch === true ? { latch: true } : {}),
    ...(draft.reAlarm === undefined ? {} : { reAlarmMs: draft.reAlarm }),
    priority: draft.priority ?? 'medium',
    workOrder: workOrderOf(draft.workOrder),
  };
}

function workOrderOf(draft: RuleDraft['workOrder']): WorkOrderPolicy | null {
  if (draft === undefined || draft === 'none') return null;
  return { failureMode: draft.failureMode, ...(draft.due !== undefined && { dueMs: draft.due }) };
}

function checkTags(
  context: LoadContext,
  listed: readonly [string, string, 'on' | 'given'],
  on: RuleDraft['on'],
  around: Surroundings,
): void {
  if (on === undefined) return;
  const [, id, key] = listed;
  const names = typeof on === 'string' ? [on] : on;
  for (const [index, name] of names.entries()) {
    const path = [...listed, ...(typeof on === 'string' ? [] : [index])];
    const tag = around.tags.get(name);
    const judged = [name, ...tagsOf([name], around.of)].flatMap((each) => around.tags.get(each) ?? []);
    const text = judged.find(({ conditioning }) => conditioning?.type === 'text');
    if (text !== undefined) {
      const where = text.name === name ? '' : ` at ${text.asset}`;
      const reads = key === 'on' ? 'is on' : 'is given';
      const message = `rules.${id} ${reads} ${name}, which holds texts${where}: rules judge numbers`;
      context.report.problem({ at: placeOf(context.root, path), path, message });
    }
    if (tag !== undefined || isWrittenForClass(name) || isUnset(context.root, path)) continue;
    const isOfClass = name.startsWith('class:');
    const { hint, suggestion } = isOfClass
      ? { hint: '', suggestion: nearest(name, namesOnClasses(around)) }
      : sayUnknownTag(name, [...around.tags.keys()]);
    const message = `unknown tag "${name}" in rules.${id}${hint}`;
    context.report.problem({ at: placeOf(context.root, path), path, message, suggestion });
  }
}

/** Only some detectors can be given tags, and no tag can be judged and given at once. */
function checkGiven(
  { root, detectors, report }: LoadContext,
  id: string,
  {
    kind,
    on,
    given,
    of,
  }: {
    readonly kind: string | undefined;
    readonly on: readonly string[];
    readonly given: readonly string[];
    readonly of: ClassOfAssets | null;
  },
): void {
  const detector = detectors.find((each) => each.kind === kind);
  const path = ['rules', id, 'given'];
  if (given.length === 0 || detector === undefined || isUnset(root, path)) return;
  const at = placeOf(root, path, 'key');
  if (!detector.takesGiven) {
    const able = detectors.filter(({ takesGiven }) => takesGiven).map((each) => each.kind);
    const message = `rules.${id} has given, which detect: ${kind} knows nothing of: only ${able.join(', ')} does`;
    report.problem({ at, path, message });
  }
  const both = inBoth(on, given, of);
  if (both === null) return;
  const message = `rules.${id} is on ${both} and given it as well: what only explains is not judged, name it once`;
  report.problem({ at, path, message });
}

/** A tag that a rule judges and is given, or that one of the rules it becomes, each of an asset, does. */
function inBoth(on: readonly string[], given: readonly string[], of: ClassOfAssets | null): string | null {
  const written = given.find((name) => on.includes(name));
  if (written !== undefined || of === null) return written ?? null;
  for (const asset of of.members) {
    const one = { ...of, members: [asset] };
    const judged = tagsOf(on, one);
    const both = tagsOf(given, one).find((name) => judged.includes(name));
    if (both !== undefined) return both;
  }
  return null;
}

function readSettings(
  context: LoadContext,
  id: string,
  {
    kind,
    each,
    named,
  }: { readonly kind: string | undefined; readonly each: readonly SubjectInput[]; readonly named: number },
): Readonly<Record<string, unknown>> {
  if (kind === undefined || isUnset(context.root, ['rules', id, 'detect'])) return {};
  const { root, report } = context;
  const detector = findDetector(context, id, kind);
  if (detector === null) return {};
  const path = ['rules', id, 'with'];
  const ruleAt = placeOf(root, ['rules', id], 'key');
  const keyAt = find(root, path) === null ? ruleAt : placeOf(root, path, 'key');
  const { value, complaints } = shape(detector.config, find(root, path) ?? scalar(null, ruleAt), { path, keyAt });
  for (const complaint of complaints) report.problem(complaint);
  if (complaints.length > 0) return {};
  const subjects = detector.joins ? each.map((subject) => ({ ...subject, inputs: each })) : each;
  // A detector that joins goes by the order of its tags: beside an unknown one, which is told already, it would misjudge the others.
  const whole = detector.joins && each.length < named ? [] : subjects;
  const refusals = [detector.refuse?.(value), ...whole.map((subject) => detector.refuseTag?.(value, subject))];
  const refusal = refusals.find((reason) => typeof reason === 'string') ?? null;
  if (refusal !== null) report.problem({ at: keyAt, path, message: `with in rules.${id}: ${refusal}` });
  return value as Readonly<Record<string, unknown>>; // a detector's settings are a map
}

/** Warns of what is allowed and hardly meant: the first of it, as the tags of a rule are mostly alike. */
function doubtSettings(
  { root, report, detectors }: LoadContext,
  id: string,
  rule: {
    readonly kind: string | undefined;
    /** Empty where they are wrong. */
    readonly settings: Readonly<Record<string, unknown>>;
    readonly judged: readonly string[];
    readonly tags: ReadonlyMap<string, Tag>;
  },
): void {
  const detector = detectors.find(({ kind }) => kind === rule.kind);
  const path = ['rules', id, 'with'];
  for (const name of Object.keys(rule.settings).length === 0 ? [] : rule.judged) {
    const tag = rule.tags.get(name);
    const doubt = tag && detector?.doubt?.(rule.settings, { tag: name, deadband: tag.deadband });
    if (!doubt) continue;
    report.warning({ at: placeOf(root, path, 'key'), path, message: `with in rules.${id}: ${doubt}` });
    return;
  }
}

function subjectsOf(names: readonly string[], tags: ReadonlyMap<string, Tag>): Subject[] {
  return names.flatMap((name) => {
    const tag = tags.get(name);
    return tag === undefined ? [] : [{ tag: tag.name, unit: tag.unit ?? '', ...(tag.range && { range: tag.range }) }];
  });
}

function givenOf(names: readonly string[], tags: ReadonlyMap<string, Tag>): SubjectInput[] {
  return subjectsOf(names, tags).map(({ tag, unit }) => ({ tag, unit, isGiven: true }));
}

function findDetector({ root, detectors, report }: LoadContext, id: string, kind: string): Detector | null {
  const found = detectors.find((detector) => detector.kind === kind);
  if (found !== undefined) return found;
  const path = ['rules', id, 'detect'];
  const kinds = detectors.map((detector) => detector.kind);
  const message = `unknown detector "${kind}" in rules.${id}: there are ${kinds.join(', ')}`;
  report.problem({ at: placeOf(root, path), path, message, suggestion: nearest(kind, kinds) });
  return null;
}

/** Points into the condition where it stands in the file letter by letter, else at its beginning. */
function checkCondition(
  { root, report }: LoadContext,
  path: readonly [string, string, ...string[]],
  text: unknown,
  { tags, assets, of }: Surroundings,
): void {
  const node = find(root, path);
  if (typeof text !== 'string' || node?.kind !== 'scalar' || node.isUnset) return;
  const condition = compileCondition(text, { tags: (name) => tags.has(name) || isOnClass(name, of, tags) });
  if (condition.ok) {
    const lack = condition.reads.flatMap((name) =>
      lacking(name, of, tags).map((asset) => ({ name, asset: asset.id })),
    )[0];
    const message = `${saySetting(path)}: ${lack?.asset} of class ${of?.kind} has no tag for "${lack?.name}": give it a rule of its own id, or leave it out`;
    if (lack) report.problem({ at: node.at, path, message });
    return;
  }
  const at = node.textAt === null ? node.at : node.textAt + condition.offset;
  const where = node.textAt === null ? ` (character ${condition.offset + 1} of it)` : '';
  const message = `${saySetting(path)}: ${condition.message}${where}`;
  report.problem({ at, path, message, suggestion: suggestionFor(condition, { tags, assets, of }) });
}

/** What was probably meant in an expression. */
export function suggestionFor(
  { unknownTag, unknownFunction }: ConditionProblem,
  { of, ...around }: Surroundings,
): string | null {
  const isOfClass = of !== null || unknownTag?.startsWith('class:') === true;
  const names = isOfClass ? namesOnClasses(around) : [];
  if (unknownTag !== null) return sayUnknownTag(unknownTag, [...around.tags.keys(), ...names]).suggestion;
  return unknownFunction === undefined ? null : nearest(unknownFunction, [...TAG_FUNCTIONS, 'abs', 'int', 'double']);
}
