import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Binding, Reading } from '../../adapter.ts';
import type { MessageType } from './message-topic.ts';
import type { Address } from './settings.ts';
import { type GivenMetric, hostBench, T0 } from './testbench.ts';

/** A case: what an edge node says, and what becomes of it. Times are ms after the beginning. */
interface Case {
  readonly bindings?: readonly Binding<Address>[];
  readonly say: readonly {
    readonly type: MessageType;
    readonly device?: string;
    readonly seq: number;
    readonly at: number;
    readonly metrics?: readonly (GivenMetric & { readonly at?: number })[];
  }[];
  readonly readings: readonly Reading[];
  readonly discarded?: readonly string[];
}

const folder = join(import.meta.dirname, 'cases');

describe('the case', () => {
  it.each(readdirSync(folder).sort())('%s', (file) => {
    const { bindings = [], say, readings, discarded = [] } = parse(readFileSync(join(folder, file), 'utf8')) as Case; // ours
    const bench = hostBench({ bindings });
    for (const { type, device, seq, at, metrics = [] } of say) {
      const timed = metrics.map(({ at: own = at, ...metric }) => ({ ...metric, timestamp: T0 + own }));
      bench.say(type, { timestamp: T0 + at, seq, metrics: timed }, device);
    }
    expect(bench.readings).toEqual(readings.map((reading) => ({ ...reading, at: T0 + reading.at })));
    expect(bench.discarded).toEqual(discarded);
  });
});
