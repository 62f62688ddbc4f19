import type { NodeId } from 'node-opcua';
import type { EventSubject, SourceCondition } from '../adapter.ts';
import type { ToldCondition } from './condition-book.ts';
import { type EventFields, nodeIdOf } from './event-fields.ts';
import type { Events } from './event-settings.ts';
import { globPattern } from './glob.ts';
import type { Library } from './library.ts';
import { writeNodeId } from './node-ids.ts';

/** Nodes of the states of ExclusiveLimitStateMachineType, which the library does not name (NodeIds.csv of the specification). */
const LIMIT_STATE = { highHigh: 9329, high: 9331, low: 9333, lowLow: 9335 } as const;

/** What a condition is told with. */
export interface ConditionContext {
  readonly library: Library;
  readonly settings: Events;
  readonly namespaces: readonly string[];
  /** By the text of its node id, the tag that is read from a variable. */
  readonly tagsByNode: ReadonlyMap<string, string>;
}

/** Reads what an event tells of a condition; `null` when it is about none. */
export function conditionOf(fields: EventFields, context: ConditionContext): ToldCondition | null {
  const { library, namespaces, settings } = context;
  const id = nodeIdOf(library, fields.conditionId);
  if (id === null) return null;
  const branch = nodeIdOf(library, fields.branchId);
  const severity = typeof fields.severity === 'number' ? Math.min(1_000, Math.max(1, fields.severity)) : null;
  const isTooLow = severity !== null && severity < settings.minSeverity;
  const said: SourceCondition = {
    kind: 'condition',
    key: writeNodeId(id, namespaces),
    state: isTooLow ? 'inactive' : stateOf(fields),
    acknowledged:
      fields.acknowledged === true
        ? { by: textOf(fields.clientUserId) || null, note: textOf(fields.comment) || null }
        : null,
    priority: priorityOf(severity, settings),
    level: levelOf(fields, context),
    severity,
    from: textOf(fields.sourceName),
    name: textOf(fields.conditionName),
    message: textOf(fields.message),
    at: fields.time instanceof Date ? fields.time.getTime() : 0,
    subject: subjectOf(fields, context),
  };
  return { said, branch: branch && writeNodeId(branch, namespaces), isOver: fields.active === false, isTooLow };
}

/**
 * A condition that is not retained is of no interest to a client (OPC UA Part 9 §5.5.2); one without an active state of its own
 * is of interest as long as it is retained. Bad quality, shelved and suppressed neither raise nor clear.
 */
function stateOf({ retain, enabled, active, quality, isKeptBack }: EventFields): SourceCondition['state'] {
  if (retain === false || enabled === false) return 'inactive';
  if (isBad(quality)) return 'unknown';
  if (active === false) return 'inactive';
  return isKeptBack === true ? 'unknown' : 'active';
}

function isBad(quality: unknown): boolean {
  const code: unknown = typeof quality === 'object' && quality !== null && 'value' in quality ? quality.value : 0;
  return typeof code === 'number' && code >>> 31 === 1;
}

function priorityOf(severity: number | null, { medium, high, critical }: Events): SourceCondition['priority'] {
  if (severity === null) return 'medium';
  if (severity >= critical) return 'critical';
  if (severity >= high) return 'high';
  return severity >= medium ? 'medium' : 'low';
}

/** OPC UA Part 9 §5.8.19 (exclusive) and §5.8.20 (several at once: the outermost counts). */
function levelOf(fields: EventFields, { library }: ConditionContext): SourceCondition['level'] {
  const exclusive = nodeIdOf(library, fields.limitState);
  const is = (id: number) => exclusive?.namespace === 0 && exclusive.value === id;
  if (fields.highHigh === true || is(LIMIT_STATE.highHigh)) return 'HH';
  if (fields.lowLow === true || is(LIMIT_STATE.lowLow)) return 'LL';
  if (fields.high === true || is(LIMIT_STATE.high)) return 'H';
  if (fields.low === true || is(LIMIT_STATE.low)) return 'L';
  return null;
}

/** What a person said, else the tag that is read from the variable that the alarm watches or is attached to. */
function subjectOf(
  fields: EventFields,
  { library, settings, namespaces, tagsByNode }: ConditionContext,
): EventSubject | null {
  const nodes = [fields.inputNode, fields.sourceNode]
    .map((field) => nodeIdOf(library, field))
    .filter((node): node is NodeId => node !== null);
  const sources = [textOf(fields.sourceName), ...nodes.map((node) => writeNodeId(node, namespaces))];
  const name = textOf(fields.conditionName);
  const said = settings.map.find(
    ({ source, condition }) =>
      sources.some((each) => nameFits(each, source)) && (condition === undefined || nameFits(name, condition)),
  );
  if (said) return said.to.includes('.') ? { tag: said.to } : { asset: said.to };
  const tag = nodes.map((node) => tagsByNode.get(node.toString())).find((each) => each !== undefined);
  return tag === undefined ? null : { tag };
}

/** Names have no levels: `*` is any text. */
function nameFits(name: string, glob: string): boolean {
  return globPattern(glob.replaceAll(/\*+/g, '**')).test(name);
}

/** A string or a localized text; empty for anything else. */
function textOf(field: unknown): string {
  if (typeof field === 'string') return field;
  const text: unknown = typeof field === 'object' && field !== null && 'text' in field ? field.text : null;
  return typeof text === 'string' ? text : '';
}
