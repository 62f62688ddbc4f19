import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { expectExactly } from './ledger.ts';
import { countRows, storedRows } from './stored-rows.ts';
import { waitFor } from './wait.ts';

const WINDOW = 20;
const TAGS = 5;
const DRAIN_MS = 30_000;

/** A sensor gateway that publishes with QoS 1 and writes down what the broker took: what the database has to hold. */
export interface PublisherLedger extends Disposable {
  /** Messages the broker has confirmed so far. */
  readonly confirmed: () => number;
  /**
   * To be called just before the broker is killed: what it had not written may have been lost with it. mosquitto confirms, and
   * writes at the end of the same turn of its loop, when something is queued or taken by a subscriber. So a window is sure once
   * 20 messages more (its default for what is under way to one subscriber) and another after these are confirmed: all but the
   * newest window with a confirmation, the one before it, and what is not confirmed yet. No clock is asked, and no load matters.
   */
  doubt(): void;
  /** Waits until the broker has confirmed everything, and ends. */
  stop(): Promise<void>;
  /** Waits for the rows and compares; returns how many readings it was. */
  verify(databaseUrl: string): Promise<number>;
}

/** What the service needs to find these messages. */
export const PUBLISHED_MAP = '{ topic: load/+asset/+tag, value: $.value, time: $.ts, timeUnit: ms }';

/** Starts publishing windows of messages, each with a time of its own, as asset `name`. */
export async function startPublishers(
  brokerUrl: string,
  options: { readonly name: string; readonly pauseMs?: number },
): Promise<PublisherLedger> {
  const { name, pauseMs = 5 } = options;
  const client = await connectAsync(brokerUrl, { reconnectPeriod: 100, clientId: `${name}-gateway`, clean: false });
  client.on('error', () => undefined); // refused while the broker is away: it dials again
  const expected = new Map<string, number>();
  let begun = 0;
  let newestConfirmed = 0;
  const doubted = new Set<string>();
  const beginAt = Date.now() - 24 * 60 * 60_000;
  const stopping = new AbortController();

  const tagOf = (n: number) => `t${n % TAGS}`;
  const keyOf = (n: number) => `${name}.${tagOf(n)} ${beginAt + n}`;
  const publish = async (n: number): Promise<void> => {
    const [tag, at, value] = [tagOf(n), beginAt + n, n + 0.5];
    await client.publishAsync(`load/${name}/${tag}`, JSON.stringify({ value, ts: at }), { qos: 1 });
    expected.set(keyOf(n), value);
    newestConfirmed = Math.max(newestConfirmed, n);
  };
  const publishing = (async () => {
    for (let first = 0; !stopping.signal.aborted; first += WINDOW) {
      begun = first + WINDOW;
      await Promise.all(Array.from({ length: WINDOW }, (_, i) => publish(first + i)));
      await sleep(pauseMs);
    }
  })();
  publishing.catch(() => undefined); // told by `stop`; an abandoned client ends its publishing with an error

  return {
    confirmed: () => expected.size,
    doubt: () => {
      const newestWindow = newestConfirmed - (newestConfirmed % WINDOW);
      for (let n = Math.max(0, newestWindow - WINDOW); n < begun; n++) doubted.add(keyOf(n));
    },
    [Symbol.dispose]: () => {
      stopping.abort();
      client.end(true);
    },
    stop: async () => {
      stopping.abort();
      await publishing;
      await client.endAsync();
    },
    verify: async (databaseUrl) => {
      const sure = expected.size - doubted.size;
      const areThere = async () => (await countRows(databaseUrl, `${name}.`)) >= sure;
      const late = await waitFor(`${sure} rows of ${name}`, areThere, DRAIN_MS).then(
        () => null,
        (error: unknown) => error,
      );
      const rows = await storedRows(databaseUrl, `${name}.`);
      const stored = new Set(rows.map(({ tag, at }) => `${tag} ${at}`));
      for (const key of doubted) if (!stored.has(key)) expected.delete(key);
      expectExactly(rows, expected); // says more than that it took too long
      if (late !== null) throw late;
      return expected.size;
    },
  };
}
