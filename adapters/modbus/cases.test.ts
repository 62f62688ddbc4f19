import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import type { Quality } from '../adapter.ts';
import { addressOf, configOf, record, type Stretch, startImageDevice } from './testbench.ts';

/** A golden case: what lies in the device, what is asked of it, and what must come of that. */
interface Case {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly device: readonly Stretch[];
  readonly tags: Readonly<Record<string, unknown>>;
  /** A number is a good value. */
  readonly expect: Readonly<
    Record<string, number | { readonly value: number | null; readonly text?: string; readonly quality: Quality }>
  >;
  /** Requests of one scan, once the device is known. */
  readonly requests?: number;
}

const folder = join(import.meta.dirname, 'cases');
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('golden cases', () => {
  test.each(names)('%s', async (name) => {
    const golden: Case = parse(readFileSync(join(folder, name), 'utf8'));
    await using device = await startImageDevice(golden.device);
    const config = configOf({ host: '127.0.0.1', poll: '50ms', ...golden.settings, port: device.port });
    const tags = Object.fromEntries(Object.entries(golden.tags).map(([tag, address]) => [tag, addressOf(address)]));
    await using run = record(config, tags);
    await vi.waitFor(() => expect(run.scans.length).toBeGreaterThan(2), 20_000);
    await run.stop();
    const last = run.scans[2]!;
    const read = Object.fromEntries(last.map(({ tag, value, text, quality }) => [tag, { value, text, quality }]));
    const expected = Object.entries(golden.expect).map(([tag, what]) => [
      tag,
      typeof what === 'number' ? { value: what, quality: 'good' } : what,
    ]);
    expect(read).toEqual(Object.fromEntries(expected));
    if (golden.requests !== undefined)
      expect(run.outcomes.filter(({ scan }) => scan === 2)).toHaveLength(golden.requests);
  });
});
