import type { Session } from './connection.ts';
import type { Library } from './library.ts';

/** How much goes into one request where the server names no limit, or a larger one. */
const PER_REQUEST = { items: 1_000, read: 1_000, history: 100, browse: 200, translate: 400 } as const;

/** How many nodes or items one request may carry (OperationLimits, OPC UA Part 5 §6.3.11), ours or the server's bound. */
export type ServerLimits = Readonly<Record<keyof typeof PER_REQUEST, number>>;

/** Asks a server for its limits; one that has no such nodes has no limits. */
export async function readLimits(library: Library, session: Session): Promise<ServerLimits> {
  const { VariableIds, AttributeIds } = library;
  const nodes = {
    items: VariableIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
    read: VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    history: VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryReadData,
    browse: VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse,
    translate: VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerTranslateBrowsePathsToNodeIds,
  } as const;
  const answers = await session.read(
    Object.values(nodes).map((id) => ({ nodeId: library.makeNodeId(id), attributeId: AttributeIds.Value })),
  );
  const bound = (index: number, ours: number) => {
    const said: unknown = answers[index]?.value.value;
    return typeof said === 'number' && said > 0 ? Math.min(said, ours) : ours;
  };
  return {
    items: bound(0, PER_REQUEST.items),
    read: bound(1, PER_REQUEST.read),
    history: bound(2, PER_REQUEST.history),
    browse: bound(3, PER_REQUEST.browse),
    translate: bound(4, PER_REQUEST.translate),
  };
}

/** Cuts a list into pieces of at most `size`. */
export function* chunksOf<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let first = 0; first < list.length; first += size) yield list.slice(first, first + size);
}
