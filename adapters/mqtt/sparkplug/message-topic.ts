/** The messages of an edge node that a host reads. */
export const MESSAGE_TYPES = ['NBIRTH', 'NDEATH', 'NDATA', 'DBIRTH', 'DDEATH', 'DDATA'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** Who sends: ids are levels of the topic, so none has a `/`. */
export interface EdgeId {
  readonly group: string;
  readonly edge: string;
}

/** What a topic says of its message. `device` is `null` for what concerns the edge node itself. */
export interface Addressed extends EdgeId {
  readonly type: MessageType;
  readonly device: string | null;
}

/** Takes a topic apart: `spBv1.0/{group}/{type}/{edge}[/{device}]`; `null` when it is none of an edge node's messages. */
export function parseTopic(topic: string): Addressed | null {
  const [namespace, group, type, edge, device, ...rest] = topic.split('/');
  const known = MESSAGE_TYPES.find((each) => each === type);
  if (namespace !== 'spBv1.0' || !group || known === undefined || !edge || rest.length > 0) return null;
  const concernsDevice = known.startsWith('D');
  if (concernsDevice !== (device !== undefined) || device === '') return null;
  return { group, edge, type: known, device: device ?? null };
}

/** Topic filters for the messages of these groups, or of all: no commands, which are for edge nodes. */
export function messageFilters(groups: readonly string[]): string[] {
  const wanted = groups.length === 0 ? ['+'] : groups;
  return wanted.flatMap((group) =>
    MESSAGE_TYPES.map((type) => `spBv1.0/${group}/${type}/${type.startsWith('D') ? '+/+' : '+'}`),
  );
}
