import type { LogRecord, PlacedRecord } from '../model/log-record.ts';
import type { Rule, Tag } from '../model/plant.ts';
import type { Engine } from './engine.ts';
import type { EngineSnapshot } from './snapshot.ts';

/** When the readings of the engine's tests begin. */
export const T0 = 1_790_000_000_000;

/** A tag of the asset that its name begins with. */
export function tagOf(name: string, more: Partial<Tag> = {}): Tag {
  const asset = name.slice(0, name.indexOf('.'));
  return { name, asset, unit: null, source: null, range: null, deadband: 0, heartbeatMs: 60_000, ...more };
}

/** A rule that tells at once. */
export function ruleOf(rule: Pick<Rule, 'id' | 'on' | 'detect'> & Partial<Rule>): Rule {
  return { with: {}, when: null, onDelayMs: 0, offDelayMs: 0, priority: 'high', workOrder: null, ...rule };
}

/** One reading: the number of its tag in the log's dictionary, its time, its value, and its quality as it is stored. */
export type Row = readonly [tag: number, at: number, value: number, quality?: number];

/** Readings that arrived together. */
export function readings(receivedAt: number, ...rows: readonly Row[]): LogRecord {
  const batch = {
    tag: Int32Array.from(rows, ([tag]) => tag),
    at: Float64Array.from(rows, ([, at]) => at),
    value: Float64Array.from(rows, ([, , value]) => value),
    quality: Uint8Array.from(rows, ([, , , quality = 0]) => quality),
    codes: new Map(),
  };
  return { kind: 'readings', receivedAt, batch };
}

/** A log in memory: each record is one byte long. */
export function place(records: readonly LogRecord[]): PlacedRecord[] {
  return records.map((record, position) => ({ record, position, end: position + 1 }));
}

/** `next` goes on where `engine` stopped, through text as a checkpoint is. */
export function resume(engine: Engine, next: Engine): Engine {
  next.restore(JSON.parse(JSON.stringify(engine.snapshot())) as EngineSnapshot); // its own, as it was
  return next;
}
