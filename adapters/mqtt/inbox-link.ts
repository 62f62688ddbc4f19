import type { MqttClient } from 'mqtt';
import type { AdapterContext, Reading, Waveform } from '../adapter.ts';
import { storeError } from './failure.ts';
import { Inbox } from './inbox.ts';
import { Link } from './link.ts';
import type { Published } from './publish-stream.ts';
import type { Session } from './session.ts';

/** A link that is dialled, and the inbox that everything goes into that comes over it. */
export interface InboxLink {
  readonly link: Link;
  readonly inbox: Inbox;
}

/**
 * Dials, and puts what `take` makes of each message into an inbox, which acknowledges it when it is durable. The link fails when it
 * can't be stored. Close both.
 */
export function dialInbox(
  Client: typeof MqttClient,
  options: {
    readonly config: { readonly url: string; readonly maxPayload: number; readonly inFlight: number };
    readonly session: Session;
    readonly ctx: Pick<AdapterContext, 'sink' | 'waveform' | 'discard' | 'clock'>;
    /** Called with each message in the order of receipt; its payload belongs to the receiver only during the call. */
    readonly take: (message: Published) => readonly Reading[];
    /** Called first, in the same way; `null` for a message that `take` is for. */
    readonly takeWaveforms?: (message: Published) => readonly Waveform[] | null;
  },
): InboxLink {
  const { config, session, ctx, take, takeWaveforms = () => null } = options;
  const { url, maxPayload, inFlight } = config;
  const link = new Link(Client, {
    url,
    session,
    receive: (message, next) => {
      if (!inbox.isOpen) return next();
      const { messageId, bytes } = message;
      const waveforms = takeWaveforms(message);
      const readings = waveforms === null ? take(message) : [];
      inbox.put({ messageId, readings, bytes, ...(waveforms !== null && { waveforms }) }, next);
    },
    maxPayload,
    isBlocked: () => inbox.isBlocked,
    clock: ctx.clock,
  });
  const inbox = new Inbox({
    sink: ctx.sink,
    waveform: ctx.waveform,
    discard: ctx.discard,
    acknowledge: (messageIds) => link.acknowledge(messageIds),
    fail: (cause) => link.fail(storeError(url, cause)),
    inFlight,
  });
  return { link, inbox };
}
