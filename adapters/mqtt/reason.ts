/** What a broker's reason code means, MQTT 5.0 §2.4; those of 3.1.1 have no words beyond "refused". */
const REASONS: ReadonlyMap<number, string> = new Map([
  [0x80, 'unspecified error'],
  [0x81, 'malformed packet'],
  [0x82, 'protocol error'],
  [0x83, 'implementation specific error'],
  [0x87, 'not authorised'],
  [0x88, 'the broker is not available'],
  [0x89, 'the broker is busy'],
  [0x8a, 'this client is banned'],
  [0x8b, 'the broker is shutting down'],
  [0x8d, 'the broker heard nothing from us for too long'],
  [0x8e, 'another client connected with the same clientId'],
  [0x8f, 'the broker does not take this filter'],
  [0x93, 'we left more messages unacknowledged than agreed'],
  [0x95, 'a packet was too large for the broker'],
  [0x96, 'too many messages in a short time'],
  [0x97, 'a quota of the broker is used up'],
  [0x98, 'ended by an administrator'],
  [0x9c, 'the broker says to use another one'],
  [0x9d, 'the broker has moved'],
  [0x9e, 'the broker has no shared subscriptions: remove "share"'],
  [0x9f, 'too many connections in a short time'],
  [0xa0, 'the longest time of a connection is over'],
  [0xa1, 'the broker has no subscription identifiers'],
  [0xa2, 'the broker allows no wildcards'],
]);

/** Puts a reason code of MQTT 5 into words; `null` for one that has none. */
export function reasonWords(code: unknown): string | null {
  return typeof code === 'number' ? (REASONS.get(code) ?? null) : null;
}
