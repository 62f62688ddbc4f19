import type { AdapterContext, Reading, Waveform } from '../adapter.ts';

const BATCH_MESSAGES = 500;
const BATCH_READINGS = 5_000;
const CALLS_IN_FLIGHT = 8;
const HELD_BYTES = 32 * 1024 * 1024;

/** A decoded message that waits to be stored. */
export interface Received {
  /** Packet id to acknowledge; `null` with QoS 0. */
  readonly messageId: number | null;
  readonly readings: readonly Reading[];
  /** Absent: none. */
  readonly waveforms?: readonly Waveform[];
  /** Size of the payload, the measure of what the readings occupy. */
  readonly bytes: number;
}

/** What the inbox does with its surroundings. */
export interface InboxOptions {
  readonly sink: AdapterContext['sink'];
  readonly waveform: AdapterContext['waveform'];
  readonly discard: AdapterContext['discard'];
  /** Sends the PUBACKs of messages, in this order. */
  readonly acknowledge: (messageIds: readonly number[]) => void;
  /** Called once, when readings could not be stored. Nothing is acknowledged afterwards. */
  readonly fail: (cause: unknown) => void;
  /** Most messages held, for QoS 1 and QoS 0 each. */
  readonly inFlight: number;
}

interface Held extends Omit<Received, 'readings' | 'waveforms'> {
  /** Empty once they were given to `sink`: what waits for the disk must not be kept twice. */
  readings: readonly Reading[];
  /** The same. */
  waveforms: readonly Waveform[];
  readonly count: number;
  isStored: boolean;
}

/**
 * Holds messages until they are stored: gathers those that arrive together into one call of `sink`, and acknowledges
 * each after its call resolved, in the order of receipt (MQTT-4.6.0-2). Bounded in messages, bytes and calls.
 */
export class Inbox {
  readonly #options: InboxOptions;
  /** QoS 1, in the order of receipt, not acknowledged yet. */
  #unacknowledged: Held[] = [];
  /** Not yet given to `sink`. */
  #waiting: Held[] = [];
  #unconfirmed = 0; // QoS 0 messages waiting or being stored
  #bytes = 0;
  #calls = 0;
  #turn: NodeJS.Immediate | null = null;
  #state: 'open' | 'draining' | 'closed' = 'open';
  #whenRoom: (() => void) | null = null;
  #whenDrained: (() => void) | null = null;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /**
   * Takes a message; `next` asks for the one after it and is called at once, or as soon as there is room. With one
   * message more than `inFlight` the socket is not read further, which is the only way to slow an MQTT 3.1.1 broker
   * (mosquitto 2.0.11 sends its whole queue after a reconnect, whatever its `max_inflight_messages`).
   */
  put(message: Received, next: () => void): void {
    const { messageId, readings, waveforms = [], bytes } = message;
    const count = readings.length + waveforms.length;
    if (this.isOpen) this.#hold({ messageId, readings, waveforms, count, bytes, isStored: count === 0 });
    if (this.isOpen && this.#isOverfull()) this.#whenRoom = next;
    else next();
  }

  /** False once it takes nothing more: what arrives then is not ours and will be delivered again. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** True while the socket is not read because the log is behind. */
  get isBlocked(): boolean {
    return this.#whenRoom !== null;
  }

  /** Takes nothing more, and resolves when everything taken is stored and acknowledged, or failed. */
  drain(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve();
    this.#state = 'draining';
    this.#readOn();
    return new Promise((resolve) => {
      this.#whenDrained = resolve;
      this.#flush();
    });
  }

  /** Forgets everything: QoS 1 will be delivered again, QoS 0 is counted. Calls in flight end without an effect. */
  close(): void {
    this.#state = 'closed';
    this.#countLost(this.#waiting);
    if (this.#turn !== null) clearImmediate(this.#turn);
    this.#turn = null;
    this.#waiting = [];
    this.#unacknowledged = [];
    this.#readOn();
    this.#whenDrained?.();
  }

  #hold(message: Held): void {
    if (message.messageId === null) {
      if (message.isStored) return;
      if (this.#unconfirmed >= this.#options.inFlight || this.#bytes > HELD_BYTES) {
        this.#options.discard('log_full', message.count);
        return;
      }
      this.#unconfirmed += 1;
    } else {
      this.#unacknowledged.push(message);
    }
    this.#bytes += message.bytes;
    if (message.isStored) {
      this.#release();
      return;
    }
    this.#waiting.push(message);
    // Packets of one read are handled in one turn of the event loop, so this gathers all of them.
    this.#turn ??= setImmediate(() => {
      this.#turn = null;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#calls < CALLS_IN_FLIGHT && this.#state !== 'closed') {
      const batch = this.#waiting.splice(0, batchSize(this.#waiting));
      this.#calls += 1;
      this.#store(batch).then(
        () => this.#stored(batch),
        (cause: unknown) => this.#failed(batch, cause),
      );
    }
    if (this.#waiting.length === 0 && this.#calls === 0) this.#whenDrained?.();
  }

  async #store(batch: readonly Held[]): Promise<void> {
    const readings: Reading[] = [];
    const waveforms: Waveform[] = [];
    for (const message of batch) {
      for (const reading of message.readings) readings.push(reading);
      waveforms.push(...message.waveforms);
      message.readings = [];
      message.waveforms = [];
    }
    const { sink, waveform } = this.#options;
    // One that is refused is counted there, and will be refused the next time, too.
    const taken: Promise<unknown>[] = waveforms.map((each) => waveform(each));
    if (readings.length > 0) taken.push(sink(readings));
    await Promise.all(taken);
  }

  #stored(batch: readonly Held[]): void {
    if (this.#state === 'closed') return;
    this.#calls -= 1;
    for (const message of batch) {
      message.isStored = true;
      if (message.messageId !== null) continue;
      this.#unconfirmed -= 1;
      this.#bytes -= message.bytes;
    }
    this.#release();
    this.#flush();
  }

  #failed(batch: readonly Held[], cause: unknown): void {
    this.#countLost(batch);
    if (this.#state === 'closed') return;
    this.close();
    this.#options.fail(cause);
  }

  /** QoS 0 has no second chance. */
  #countLost(messages: readonly Held[]): void {
    const lost = messages.filter((message) => message.messageId === null);
    const count = lost.reduce((sum, message) => sum + message.count, 0);
    if (count > 0) this.#options.discard('log_full', count);
  }

  #release(): void {
    const firstHeld = this.#unacknowledged.findIndex((message) => !message.isStored);
    const released = this.#unacknowledged.splice(0, firstHeld === -1 ? this.#unacknowledged.length : firstHeld);
    const messageIds: number[] = [];
    for (const { messageId, bytes } of released) {
      this.#bytes -= bytes;
      if (messageId !== null) messageIds.push(messageId);
    }
    if (messageIds.length > 0) this.#options.acknowledge(messageIds);
    if (!this.#isOverfull()) this.#readOn();
  }

  #isOverfull(): boolean {
    // One above the bound, so that a broker which keeps to our receive maximum (MQTT 5) never blocks its own PINGRESP.
    return this.#unacknowledged.length > this.#options.inFlight || this.#bytes > HELD_BYTES;
  }

  #readOn(): void {
    const next = this.#whenRoom;
    this.#whenRoom = null;
    next?.();
  }
}

function batchSize(waiting: readonly Held[]): number {
  let readings = 0;
  const limit = Math.min(waiting.length, BATCH_MESSAGES);
  for (let count = 0; count < limit; count++) {
    readings += waiting[count]!.count;
    if (readings >= BATCH_READINGS) return count + 1;
  }
  return limit;
}
