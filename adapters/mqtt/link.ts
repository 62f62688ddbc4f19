import type { MqttClient } from 'mqtt';
import { type AdapterContext, AdapterError } from '../adapter.ts';
import { type LinkStage, linkError } from './failure.ts';
import { PublishStream, type Receive } from './publish-stream.ts';
import { reasonWords } from './reason.ts';
import type { Session } from './session.ts';

const CLOSE_MS = 300;
/** Filters in one SUBSCRIBE: some brokers refuse more. */
const SUBSCRIBE_FILTERS = 100;
/** From here on a SUBACK refuses; this code, the only one of MQTT 3.1.1, gives no reason. */
const REFUSED = 0x80;

/** What a link needs to be dialled. */
export interface LinkOptions {
  /** For messages: never with a password. */
  readonly url: string;
  readonly session: Session;
  readonly receive: Receive;
  /** Largest payload that is kept, bytes. */
  readonly maxPayload: number;
  /** True while `receive` holds back `next`: no answer to a ping can be read then. */
  readonly isBlocked: () => boolean;
  readonly clock: AdapterContext['clock'];
}

/**
 * One connection to a broker, from dialling to its end; it never reconnects. The library does connecting, subscribing and
 * pings; messages are taken out of the stream before it, for it acknowledges one message after the other and would wait
 * for the log each time. A message that is acknowledged after the end is delivered again in the next session.
 */
export class Link {
  /** Resolves with the first thing that went wrong. Stays pending while the link is good. */
  readonly broken: Promise<AdapterError>;
  readonly #options: LinkOptions;
  readonly #client: MqttClient;
  #stream: PublishStream | null = null;
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
    const { maxPayload } = options;
    const receive: Receive = (message, next) => {
      if (this.#isClosed) next();
      else options.receive(message, next);
    };
    const protocol = given.protocolVersion === 5 ? 5 : 4;
    const build = () => {
      this.#stream = new PublishStream(dial(), { protocol, maxPayload, receive });
      return this.#stream;
    };
    const client = new Client(build, { ...given, reconnectPeriod: 0, resubscribe: false, queueQoSZero: false });
    this.#client = client;
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
    const refusal = (await this.ask(filters, qos)).find((answer) => answer !== null);
    if (refusal === undefined) return;
    this.fail(new AdapterError('subscription_refused', `${this.#options.url} ${refusal}`));
    await new Promise<never>(() => {});
  }

  /**
   * Subscribes to what the broker grants. What it says of each filter: `null` for granted, or `refuses …` and why.
   * Pending once broken.
   */
  async ask(filters: readonly string[], qos: 0 | 1): Promise<readonly (string | null)[]> {
    await this.#connected;
    const answers: (string | null)[] = [];
    for (let first = 0; first < filters.length; first += SUBSCRIBE_FILTERS) {
      answers.push(...(await this.#subscribe(filters.slice(first, first + SUBSCRIBE_FILTERS), qos)));
    }
    return answers;
  }

  /** Sends PUBACKs; does nothing on a link that has ended, where the packet ids have lost their meaning. */
  acknowledge(messageIds: readonly number[]): void {
    if (this.#isClosed || !this.#client.connected) return;
    this.#stream?.acknowledge(messageIds);
  }

  /** Publishes; resolves when the broker has it (QoS 1) or the socket (QoS 0), or when the link has ended. */
  publish(topic: string, payload: string | Buffer, options: { qos: 0 | 1; retain: boolean }): Promise<void> {
    if (this.#isClosed || !this.#client.connected) return Promise.resolve();
    return new Promise((resolve) => this.#client.publish(topic, payload, options, () => resolve()));
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
      if (this.#client.stream.closed) resolve();
      else this.#client.stream.once('close', resolve);
    });
    this.#client.end(how === 'at once' || !this.#client.connected);
    await Promise.race([closed, this.#options.clock.sleep(CLOSE_MS, waiting.signal)]);
    this.#client.stream.destroy(); // the peer may be stalled, and then a polite end never comes
    await Promise.race([closed, this.#options.clock.sleep(CLOSE_MS, waiting.signal)]);
    waiting.abort();
  }

  #subscribe(filters: string[], qos: 0 | 1): Promise<readonly (string | null)[]> {
    return new Promise((resolve) => {
      this.#client.subscribe(filters, { qos }, (error, _granted, packet) => {
        if (packet) resolve(filters.map((filter, n) => sayAnswer(filter, Number(packet.granted[n]), qos)));
        else if (error) this.fail(linkError(this.#options.url, this.#stage, error));
        else resolve(filters.map(() => null));
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

function sayAnswer(filter: string, code: number, qos: 0 | 1): string | null {
  if (code >= qos && code < REFUSED) return null;
  if (code < REFUSED) return `refuses QoS ${qos} for ${filter}`;
  const why = code === REFUSED ? null : reasonWords(code);
  return `refuses the subscription of ${filter}${why === null ? '' : ` (${why})`}`;
}
