import type { DataValue, HistoryReadResult, NodeId } from 'node-opcua';
import type { EpochMs } from '../adapter.ts';
import type { Session } from './connection.ts';
import type { Library } from './library.ts';

/** Bounds one answer: its decoding must not hold up live values. */
const VALUES_PER_REQUEST = 2_000;
const MIN_VALUES_PER_NODE = 20;
const BAD_CONTINUATION_POINT = 0x804a0000;
/** Status codes that will be the same next time: there is no history of this node, or not for us. */
const WITHOUT_HISTORY = new Set([
  0x80720000, // BadHistoryOperationUnsupported
  0x80710000, // BadHistoryOperationInvalid
  0x803a0000, // BadNotReadable
  0x801f0000, // BadUserAccessDenied
  0x80340000, // BadNodeIdUnknown
  0x80330000, // BadNodeIdInvalid
  0x80350000, // BadAttributeIdInvalid
  0x803d0000, // BadNotSupported
  0x800b0000, // BadServiceUnsupported
]);

/** One node of a history request and how far it has been read. */
export interface HistoryNode {
  readonly nodeId: NodeId;
  /** Where the server goes on; `null` at the beginning. */
  continuationPoint: Buffer | null;
}

/** What a page of history says about one node. `more`: there is another page. */
export type HistoryPage =
  | { readonly kind: 'values'; readonly values: readonly DataValue[]; readonly more: 'yes' | 'no' | 'perhaps' }
  | { readonly kind: 'without history' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Reads one page of raw history of several nodes, from `from` (included) to `to` (excluded, OPC UA Part 11 §6.4.3.2). */
export async function readHistoryPage(
  library: Library,
  session: Session,
  { nodes, from, to }: { nodes: readonly HistoryNode[]; from: EpochMs; to: EpochMs },
): Promise<readonly HistoryPage[]> {
  const perNode = Math.max(MIN_VALUES_PER_NODE, Math.floor(VALUES_PER_REQUEST / nodes.length));
  const response = await session.historyRead(
    new library.HistoryReadRequest({
      historyReadDetails: new library.ReadRawModifiedDetails({
        isReadModified: false,
        startTime: new Date(Math.floor(from)),
        endTime: new Date(Math.ceil(to)),
        numValuesPerNode: perNode,
        returnBounds: false,
      }),
      nodesToRead: nodes.map(({ nodeId, continuationPoint }) => ({
        nodeId,
        ...(continuationPoint ? { continuationPoint } : {}),
      })),
      releaseContinuationPoints: false,
      timestampsToReturn: library.TimestampsToReturn.Both,
    }),
  );
  return nodes.map((node, i) => pageOf(library, node, { result: response.results?.[i], perNode }));
}

function pageOf(
  library: Library,
  node: HistoryNode,
  { result, perNode }: { result: HistoryReadResult | undefined; perNode: number },
): HistoryPage {
  if (result === undefined) return { kind: 'failed', reason: 'no result' };
  const status = result.statusCode;
  const wasContinued = node.continuationPoint !== null;
  const next = result.continuationPoint;
  node.continuationPoint = next && next.length > 0 ? next : null;
  if (WITHOUT_HISTORY.has(status.value)) return { kind: 'without history' };
  // Servers may forget a continuation point when they like; the node is asked again from where it got to.
  if (status.value === BAD_CONTINUATION_POINT && wasContinued) return { kind: 'values', values: [], more: 'perhaps' };
  if (!status.isGoodish()) return { kind: 'failed', reason: status.name };
  const data = result.historyData;
  const values = data instanceof library.HistoryData ? (data.dataValues ?? []) : [];
  if (node.continuationPoint) return { kind: 'values', values, more: 'yes' };
  // Some servers cut at the number that was asked for and say nothing.
  return { kind: 'values', values, more: values.length >= perNode ? 'perhaps' : 'no' };
}

/** True when the server says that it reads no history at all. */
export function saysNoHistory(error: unknown): boolean {
  const message = error instanceof Error ? error.message : String(error);
  return /BadServiceUnsupported|BadNotImplemented|BadHistoryOperationUnsupported|BadNotSupported/.test(message);
}
