import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import { Value } from 'typebox/value';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { Binding } from '../adapter.ts';
import { mqtt } from './index.ts';
import { Address, Config, type MqttAddress, type MqttConfig, type MqttPattern } from './settings.ts';
import { recorder, settings } from './testbench.ts';

/** A case as its file has it: settings, what is published, and what must become of it. */
interface Case {
  readonly settings?: Partial<MqttConfig>;
  readonly map?: readonly object[];
  readonly tags?: Readonly<Record<string, object>>;
  readonly messages: readonly {
    readonly topic: string;
    readonly text?: string;
    readonly json?: unknown;
    readonly hex?: string;
    /** Published before the adapter connects. */
    readonly retain?: boolean;
  }[];
  readonly expect: {
    readonly readings: readonly { readonly at: number | 'arrival'; readonly [field: string]: unknown }[];
    readonly discarded?: Readonly<Record<string, number>>;
  };
}

const WAIT = { timeout: 20_000, interval: 5 };
const folder = join(import.meta.dirname, 'cases');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function broker() {
  const aedes = await Aedes.createBroker();
  const server = createServer((socket) => void aedes.handle(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(async () => {
    await new Promise<void>((resolve) => aedes.close(() => resolve()));
    server.close();
    await once(server, 'close');
  });
  const publish = ({ topic, text, json, hex, retain = false }: Case['messages'][number]) =>
    new Promise<void>((resolve, reject) => {
      const payload = hex === undefined ? Buffer.from(text ?? JSON.stringify(json)) : Buffer.from(hex, 'hex');
      aedes.publish({ cmd: 'publish', topic, payload, qos: 1, retain, dup: false }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
  return { url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`, publish }; // listens on TCP
}

/** What the loader would make of it: checked, defaults filled in. */
function checked<T>(schema: object, given: object): T {
  const filled = Value.Default(schema, structuredClone(given));
  expect([...Value.Errors(schema, filled)]).toEqual([]);
  return filled as T; // the schema has just checked it
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

describe('messages through a broker become what the case says', () => {
  it.each(files)('%s', { timeout: 40_000 }, async (file) => {
    const given = parse(readFileSync(join(folder, file), 'utf8')) as Case; // a mistake in it fails the test
    const { url, publish } = await broker();
    const map = (given.map ?? []).map((pattern) => checked<MqttPattern>(Config.properties.map.items, pattern));
    const bindings = Object.entries(given.tags ?? {}).map(
      ([tag, address]): Binding<MqttAddress> => ({ tag, address: checked(Address, address) }),
    );
    for (const message of given.messages) if (message.retain) await publish(message);
    const made = recorder();
    const startedAt = Date.now();
    const ended = mqtt.run(settings({ url, map, ...given.settings }), bindings, made.ctx);
    endings.push(async () => {
      made.abort();
      await ended.catch(() => {}); // what it delivered says enough
    });
    const { readings, discarded = {} } = given.expect;
    await vi.waitFor(() => expect(made.connections).toBe(1), WAIT);
    // The broker sends what it kept beside what is published from now on, in no order.
    const kept = given.messages.filter(({ retain }) => retain).length;
    await vi.waitFor(() => expect(made.readings.length + sumOf(made.discarded)).toBeGreaterThanOrEqual(kept), WAIT);
    for (const message of given.messages) if (!message.retain) await publish(message);
    const settled = () => {
      expect(made.readings.length).toBeGreaterThanOrEqual(readings.length);
      expect(Object.fromEntries(made.discarded)).toEqual(discarded);
    };
    await vi.waitFor(settled, WAIT);
    expect(made.readings).toEqual(
      readings.map((reading, n) => {
        const arrivedAt = made.readings[n]?.at ?? Number.NaN;
        const isNow = arrivedAt >= startedAt && arrivedAt <= Date.now() + 1;
        return { quality: 'good', ...reading, at: reading.at === 'arrival' && isNow ? arrivedAt : reading.at };
      }),
    );
  });
});
