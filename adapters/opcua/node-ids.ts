import type { NodeId } from 'node-opcua';
import type { Session } from './connection.ts';
import type { Library } from './library.ts';

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

/** Turns a configured node id into the library's; `null` when its namespace is unknown or it is no node id. */
export function parseNodeId(library: Library, text: string, namespaces: readonly string[]): NodeId | null {
  const resolved = resolveNodeId(text, namespaces);
  if (resolved === null) return null;
  try {
    return library.coerceNodeId(resolved);
  } catch {
    return null; // says nothing more than that it is no node id
  }
}

/** The namespace URIs of the server. Read anew each time: the library's own function remembers what it once saw. */
export async function readNamespaces(library: Library, session: Session): Promise<readonly string[]> {
  const nodeId = library.makeNodeId(library.VariableIds.Server_NamespaceArray);
  const { value } = await session.read({ nodeId, attributeId: library.AttributeIds.Value });
  return Array.isArray(value.value) ? value.value.map(String) : [];
}

/** A node id as it is written in a plant file: by namespace URI, which survives a restart of the server. */
export function writeNodeId(nodeId: NodeId, namespaces: readonly string[]): string {
  const text = nodeId.toString().replace(/^ns=\d+;/, '');
  const uri = namespaces[nodeId.namespace];
  if (nodeId.namespace === 0) return text;
  return uri === undefined ? `ns=${nodeId.namespace};${text}` : `nsu=${encodeUri(uri)};${text}`;
}

function encodeUri(uri: string): string {
  return uri.replaceAll('%', '%25').replaceAll(';', '%3B');
}

/** A URI within a node id carries `;` and `%` percent-encoded (OPC UA Part 6 §5.3.1.11). */
function decodeUri(uri: string): string {
  return uri.replaceAll('%3B', ';').replaceAll('%3b', ';').replaceAll('%25', '%');
}
