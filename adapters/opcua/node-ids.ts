/**
 * Turns a configured node id into one with a namespace number, by the namespace array of this very connection: servers
 * may number their namespaces anew at each start. `null` when the server has no such namespace.
 */
export function resolveNodeId(nodeId: string, namespaces: readonly string[]): string | null {
  const match = /^nsu=([^;]+);(.+)$/.exec(nodeId);
  if (!match) return nodeId;
  const [, uri, rest] = match;
  const index = namespaces.indexOf(decodeUri(uri!));
  return index < 0 ? null : `ns=${index};${rest}`;
}

/** A URI within a node id carries `;` and `%` percent-encoded (OPC UA Part 6 §5.3.1.11). */
function decodeUri(uri: string): string {
  return uri.replaceAll('%3B', ';').replaceAll('%3b', ';').replaceAll('%25', '%');
}
