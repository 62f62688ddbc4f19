import type { ClientSecureChannelLayer, PublishResponse } from 'node-opcua';
import type { DataChange } from './data-change.ts';
import { type Publication, takeDataChanges } from './publish-response.ts';

/** Publications that the library brings to nobody any more (their request timed out) are forgotten, the oldest first. */
const MAX_UNCLAIMED = 8;

/** What was taken out of the publications of one connection before the library decoded the rest of them. */
export interface PublicationTap {
  /** What was taken out of a response, once; `null`: the library has decoded all of it. */
  claim(response: PublishResponse): Publication | null;
  /** How many values were forgotten unclaimed since this was last asked. */
  takeForgotten(): number;
}

/** The part of the library's message builder that is used here. */
interface BodyDecoder {
  _decodeMessageBody?: (body: Buffer) => boolean;
}

/**
 * Decodes the data changes of a connection in the library's stead, from now on: its objects (DataValue, Variant, two Date
 * and a dozen Long for each value) cost five times what the rest of receiving does. The library has no hook for that, so it
 * is done where its message builder decodes a whole message. A version without that place decodes everything itself.
 */
export function tapPublications(channel: ClientSecureChannelLayer | null): PublicationTap {
  const unclaimed = new Map<string, Publication>();
  let forgotten = 0;
  const forget = (key: string) => {
    const publication = unclaimed.get(key);
    if (publication) forgotten += publication.malformed + itemsOf(publication.changes);
    unclaimed.delete(key);
  };
  // Protected in the library's types; looked for, not taken for granted.
  const builder = channel?._getMessageBuilder() as unknown as BodyDecoder | undefined;
  const decodeBody = builder?._decodeMessageBody;
  if (builder !== undefined && decodeBody !== undefined) {
    builder._decodeMessageBody = (body) => {
      const publication = takeDataChanges(body);
      if (publication === null) return decodeBody.call(builder, body);
      forget(keyOf(publication));
      unclaimed.set(keyOf(publication), publication);
      for (const oldest of unclaimed.keys()) {
        if (unclaimed.size <= MAX_UNCLAIMED) break;
        forget(oldest);
      }
      return decodeBody.call(builder, publication.rest);
    };
  }
  return {
    claim({ subscriptionId, notificationMessage: { sequenceNumber } }) {
      const key = keyOf({ subscriptionId, sequenceNumber });
      const publication = unclaimed.get(key) ?? null;
      unclaimed.delete(key);
      return publication;
    },
    takeForgotten() {
      const count = forgotten;
      forgotten = 0;
      return count;
    },
  };
}

function itemsOf(changes: readonly DataChange[]): number {
  return changes.reduce((sum, { length }) => sum + length, 0);
}

function keyOf({ subscriptionId, sequenceNumber }: Pick<Publication, 'subscriptionId' | 'sequenceNumber'>): string {
  return `${subscriptionId}/${sequenceNumber}`;
}
