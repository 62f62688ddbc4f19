import type { IPublishPacket, MqttClient, Packet } from 'mqtt';
import { type AdapterContext, AdapterError } from '../adapter.ts';
import { type LinkStage, linkError } from './failure.ts';
import type { Session } from './session.ts';

const CLOSE_MS = 300;
/** Filters in one SUBSCRIBE: some brokers refuse more. */
const SUBSCRIBE_FILTERS = 100;

/** A message, with the way to ask for the next one. */
export type Receive = (packet: IPublishPacket, next: () => void) => void;

/** What a link needs to be dialled. */
export interface LinkOptions {
  /** For messages: never with a password. */
  readonly url: string;
  readonly session: Session;
  readonly receive: Receive;
  /** True while `receive` holds back `next`: no answer to a ping can be read then. */
  readonly isBlocked: () => boolean;
  readonly clock: AdapterContext['clock'];
}

/** The part of the library that is private and held by `mqtt.test.ts`: every packet goes out through it. */
interface Sender {
  _sendPacket: (packet: Packet, sent?: () => void, ...rest: unknown[]) => void;
}

/**
 * One connection to a broker, from dialling to its end; it never reconnects. The library's automatic PUBACKs are
 * swallowed: it acknowledges one message after the other, and would wait for the log each time. `acknowledge` sends
 * them instead. A message that is acknowledged after the end is delivered again in the next session.
 */
export class Link {
  /** Resolves with the first thing that went wrong. Stays pending while the link is good. */
  readonly broken: Promise<AdapterError>;
  readonly #options: LinkOptions;
  readonly #client: MqttClient;
  readonly #send: Sender['_sendPacket'];
  readonly #connected: Promise<void>;
  #stage: LinkStage = 'connecting';
  #break: (error: AdapterError) => void = () => {};
  #isClosed = false;
  #goodbye: unknown = null; // reason of a DISCONNECT from the broker, MQTT 5

  constructor(Client: typeof MqttClient, options: LinkOptions) {
    this.#options = options;
    this.broken = new Promise((resolve) => {
      this.#break = resolve;
    });
    const { dial, client: given } = options.session;
    const client = new Client(dial, { ...given, reconnectPeriod: 0, resubscribe: false, queueQoSZero: false });
    this.#client = client;
    const sender = client as unknown as Sender; // private in the library's types
    this.#send = sender._sendPacket.bind(client);
    sender._sendPacket = (packet, sent, ...rest) => {
      if (packet.cmd === 'puback') sent?.();
      else this.#send(packet, sent, ...rest);
    };
    client.handleMessage = (packet, done) => {
      if (this.#isClosed) done();
      else options.receive(packet, () => done());
    };
    this.#surviveBlocking();
    this.#connected = new Promise((resolve) => {
      client.once('connect', () => {
        this.#stage = 'up';
        resolve();
      });
    });
    client.on('error', (cause) => this.fail(linkError(options.url, this.#stage, cause)));
    client.on('disconnect', (packet) => {
      this.#goodbye = Object.assign(new Error('the broker ended it'), { code: packet.reasonCode });
    });
    client.on('close', () => {
      this.fail(linkError(options.url, this.#stage, this.#goodbye ?? new Error('the broker closed the connection')));
    });
  }

  /** Resolves when the broker has confirmed every filter; calls `fail` when it refuses one. Pending once broken. */
  async open(filters: readonly string[], qos: 0 | 1): Promise<void> {
    await this.#connected;
    for (let first = 0; first < filters.length; first += SUBSCRIBE_FILTERS) {
      await this.#subscribe(filters.slice(first, first + SUBSCRIBE_FILTERS), qos);
    }
  }

  /** Sends a PUBACK; does nothing on a link that has ended, where the packet id has lost its meaning. */
  acknowledge(messageId: number): void {
    if (this.#isClosed || !this.#client.connected) return;
    this.#send({ cmd: 'puback', messageId, reasonCode: 0 });
  }

  /** Gives the link up for a reason. The first reason counts. */
  fail(error: AdapterError): void {
    this.#break(error);
  }

  /** Ends the link within a second: with a DISCONNECT, or at once so that the broker delivers again. */
  async close(how: 'politely' | 'at once'): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const waiting = new AbortController();
    const closed = new Promise<void>((resolve) => {
      if (this.#client.stream.destroyed) resolve();
      else this.#client.stream.once('close', resolve);
    });
    this.#client.end(how === 'at once' || !this.#client.connected);
    await Promise.race([closed, this.#options.clock.sleep(CLOSE_MS, waiting.signal)]);
    this.#client.stream.destroy(); // the peer may be stalled, and then a polite end never comes
    await Promise.race([closed, this.#options.clock.sleep(CLOSE_MS, waiting.signal)]);
    waiting.abort();
  }

  #subscribe(filters: string[], qos: 0 | 1): Promise<void> {
    return new Promise((resolve) => {
      this.#client.subscribe(filters, { qos }, (error, _granted, packet) => {
        const refused = packet?.granted.findIndex((code) => Number(code) >= 0x80 || Number(code) < qos) ?? -1;
        if (refused >= 0) {
          const what = error === null ? `QoS ${qos} for` : 'the subscription of';
          const text = `${this.#options.url} refuses ${what} ${filters[refused]}`;
          this.fail(new AdapterError('subscription_refused', text, { cause: error }));
        } else if (error) {
          this.fail(linkError(this.#options.url, this.#stage, error));
        } else {
          resolve();
        }
      });
    });
  }

  /** While the socket is not read on purpose no PINGRESP can arrive: only ping, so that the broker keeps us. */
  #surviveBlocking(): void {
    const client = this.#client;
    const timedOut = client.onKeepaliveTimeout.bind(client);
    client.onKeepaliveTimeout = () => {
      if (!this.#options.isBlocked()) return timedOut();
      client.sendPing();
      client.reschedulePing(true);
    };
  }
}
