import { createHash } from 'node:crypto';
import type { AlertPolicy } from '../../rules/alert-state.ts';
import type { Detector, Subject } from '../../rules/detector.ts';
import { type Condition, compileCondition } from '../../rules/expression.ts';
import { detectorOf } from '../../rules/index.ts';
import type { AlertKind, Priority } from '../model/alert.ts';
import { RuleError } from '../model/errors.ts';
import type { Plant, Rule, Source, Tag, WorkOrderPolicy } from '../model/plant.ts';

/** One rule on one tag, ready to be evaluated. */
export interface Watch {
  /** `<rule>|<tag>`: finds its state in a checkpoint. */
  readonly key: string;
  /** Changes when the rule does: a state made under another rule is not used. */
  readonly fingerprint: string;
  readonly rule: string;
  readonly tag: Tag;
  readonly detector: Detector;
  // The detector's own schema has checked this; only it knows the shape.
  readonly config: never;
  readonly subject: Subject;
  readonly condition: Condition | null;
  readonly policy: AlertPolicy;
  readonly kind: AlertKind;
  readonly priority: Priority;
  readonly workOrder: WorkOrderPolicy | null;
}

/** The link of one source, watched without a rule in the plant file. */
export interface LinkWatch {
  readonly key: string;
  readonly source: Source;
  readonly policy: AlertPolicy;
}

/** All that the engine evaluates. */
export interface EnginePlan {
  readonly watches: readonly Watch[];
  readonly links: readonly LinkWatch[];
}

/** A link that flaps must stay up this long before its alert returns. */
const LINK_OFF_DELAY_MS = 5_000;

/** Name under which link alerts are listed. */
export const COMMUNICATIONS_RULE = 'communications';

/** Compiles a plant's rules. Throws `rule_failed` for a rule that a checked plant file can't contain. */
export function compilePlan(plant: Plant): EnginePlan {
  const tags = new Map(plant.tags.map((tag) => [tag.name, tag]));
  return {
    watches: plant.rules.flatMap((rule) => rule.on.map((name) => compileWatch(rule, find(tags, name, rule)))),
    links: plant.sources
      .filter(({ kind }) => kind !== 'http')
      .map((source) => ({
        key: `${COMMUNICATIONS_RULE}|${source.id}`,
        source,
        policy: { onDelayMs: source.alertAfterMs, offDelayMs: LINK_OFF_DELAY_MS },
      })),
  };
}

function compileWatch(rule: Rule, tag: Tag): Watch {
  const detector = detectorOf(rule.detect);
  if (!detector) throw new RuleError('rule_failed', `rule ${rule.id}: there is no detector ${rule.detect}`);
  const condition = rule.when === null ? null : compileCondition(rule.when, { tags: () => true });
  if (condition && !condition.ok) throw new RuleError('expression_invalid', `rule ${rule.id}: ${condition.message}`);
  return {
    key: `${rule.id}|${tag.name}`,
    fingerprint: fingerprintOf(rule, tag),
    rule: rule.id,
    tag,
    detector,
    config: rule.with as never,
    subject: { tag: tag.name, unit: tag.unit ?? '' },
    condition,
    policy: { onDelayMs: rule.onDelayMs, offDelayMs: rule.offDelayMs },
    kind: detector.about,
    priority: rule.priority,
    workOrder: rule.workOrder,
  };
}

function find(tags: ReadonlyMap<string, Tag>, name: string, rule: Rule): Tag {
  const tag = tags.get(name);
  if (!tag) throw new RuleError('rule_failed', `rule ${rule.id}: there is no tag ${name}`);
  return tag;
}

function fingerprintOf(rule: Rule, tag: Tag): string {
  const { detect, when, onDelayMs, offDelayMs } = rule;
  const text = JSON.stringify([detect, rule.with, when, onDelayMs, offDelayMs, tag.unit, tag.range]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
