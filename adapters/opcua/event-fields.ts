import type { NodeId, Variant } from 'node-opcua';
import type { Library } from './library.ts';

/** What is asked for of each event: its name here, the type that declares it, and the path from there. */
const FIELDS = [
  ['eventType', 'BaseEventType', 'EventType'],
  ['sourceNode', 'BaseEventType', 'SourceNode'],
  ['sourceName', 'BaseEventType', 'SourceName'],
  ['time', 'BaseEventType', 'Time'],
  ['message', 'BaseEventType', 'Message'],
  ['severity', 'BaseEventType', 'Severity'],
  // The node of the condition itself (OPC UA Part 9 §5.5.2): no path, attribute NodeId.
  ['conditionId', 'ConditionType', ''],
  ['conditionName', 'ConditionType', 'ConditionName'],
  ['branchId', 'ConditionType', 'BranchId'],
  ['retain', 'ConditionType', 'Retain'],
  ['enabled', 'ConditionType', 'EnabledState/Id'],
  ['quality', 'ConditionType', 'Quality'],
  ['comment', 'ConditionType', 'Comment'],
  ['clientUserId', 'ConditionType', 'ClientUserId'],
  ['acknowledged', 'AcknowledgeableConditionType', 'AckedState/Id'],
  ['active', 'AlarmConditionType', 'ActiveState/Id'],
  ['inputNode', 'AlarmConditionType', 'InputNode'],
  ['isKeptBack', 'AlarmConditionType', 'SuppressedOrShelved'],
  ['limitState', 'ExclusiveLimitAlarmType', 'LimitState/CurrentState/Id'],
  ['highHigh', 'NonExclusiveLimitAlarmType', 'HighHighState/Id'],
  ['high', 'NonExclusiveLimitAlarmType', 'HighState/Id'],
  ['low', 'NonExclusiveLimitAlarmType', 'LowState/Id'],
  ['lowLow', 'NonExclusiveLimitAlarmType', 'LowLowState/Id'],
] as const;

/** The fields of one event as the server gave them: nothing says that it keeps to the types. */
export type EventFields = Readonly<Record<(typeof FIELDS)[number][0], unknown>>;

/** Names the values of one event. */
export function readFields(values: readonly Variant[]): EventFields {
  // Object.fromEntries forgets the keys; they are those of FIELDS.
  return Object.fromEntries(FIELDS.map(([name], i) => [name, values[i]?.value ?? null])) as EventFields;
}

/** What the server is to send of which events. `which`: conditions and what a refresh needs; or all, where it knows no choice. */
export function eventFilter(library: Library, which: 'conditions' | 'all') {
  const { AttributeIds, EventFilter, ObjectTypeIds, coerceQualifiedName } = library;
  return new EventFilter({
    selectClauses: FIELDS.map(([, type, path]) => ({
      typeDefinitionId: library.makeNodeId(ObjectTypeIds[type]),
      browsePath: path === '' ? [] : path.split('/').map((name) => coerceQualifiedName(name)),
      attributeId: path === '' ? AttributeIds.NodeId : AttributeIds.Value,
    })),
    ...(which === 'all' ? {} : { whereClause: conditionsOnly(library) }),
  });
}

/** Conditions, and the system events among which those are that begin and end a refresh (OPC UA Part 9 §5.11). */
function conditionsOnly(library: Library) {
  const { ElementOperand, FilterOperator, LiteralOperand, ObjectTypeIds } = library;
  const ofType = (id: number) => ({
    filterOperator: FilterOperator.OfType,
    filterOperands: [
      new LiteralOperand({ value: { dataType: library.DataType.NodeId, value: library.makeNodeId(id) } }),
    ],
  });
  return {
    elements: [
      {
        filterOperator: FilterOperator.Or,
        filterOperands: [new ElementOperand({ index: 1 }), new ElementOperand({ index: 2 })],
      },
      ofType(ObjectTypeIds.ConditionType),
      ofType(ObjectTypeIds.SystemEventType),
    ],
  };
}

/** A node id among the fields, `null` when there is none. */
export function nodeIdOf(library: Library, field: unknown): NodeId | null {
  return field instanceof library.NodeId && !field.isEmpty() ? field : null;
}
