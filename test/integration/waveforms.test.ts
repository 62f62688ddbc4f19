import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { ensureTags } from '../../src/store/tags.ts';
import {
  dropWaveformsBefore,
  findThermalFrame,
  findWaveform,
  listThermalFrames,
  listWaveforms,
  packThermalFrame,
  packWaveform,
  storeThermalFrame,
  storeWaveform,
  type WaveformRow,
} from '../../src/store/waveforms.ts';
import { createDatabase } from '../kit/database.ts';

const T0 = 1_767_225_600_000.125;
let database: Database;
let tagId: number;
beforeAll(async () => {
  const url = await createDatabase();
  await migrate(url);
  database = openDatabase(url, { connections: 1, name: 'test' });
  tagId = (await ensureTags(database, [{ name: 'a.x', asset: 'a', source: null }])).get('a.x')!;
});
afterAll(() => database.close());

const samples = Float32Array.from({ length: 4_096 }, (_, i) => Math.sin(i / 5) + (i % 3) / 7);
const waveform = (at: number) => ({ tagId, at, rateHz: 25_600, unit: 'm/s2', samples });
const celsius = Float32Array.from({ length: 32 * 24 }, (_, i) => 20 + i / 100);
const frame = (at: number) => ({ tagId, at, width: 32, height: 24, celsius });

describe('waveforms and thermal frames', () => {
  it('come back as they were, to the microsecond, and are stored once', async () => {
    const store = async (row: WaveformRow) => storeWaveform(database, await packWaveform(row));
    expect(await store(waveform(T0))).toBe('stored');
    expect(await store(waveform(T0))).toBe('duplicate');
    expect(await store({ ...waveform(T0), samples: samples.slice(1) })).toBe('conflict');
    expect(await store({ ...waveform(T0), samples: samples.map((x, i) => (i === 9 ? -x : x)) })).toBe('conflict');
    expect(await store({ ...waveform(T0), unit: 'mm/s' })).toBe('conflict');
    expect(await findWaveform(database, tagId, T0)).toEqual(waveform(T0));
    expect(await findWaveform(database, tagId, T0 + 0.001)).toBeNull();
    expect(await storeThermalFrame(database, await packThermalFrame(frame(T0)))).toBe('stored');
    expect(await storeThermalFrame(database, await packThermalFrame(frame(T0)))).toBe('duplicate');
    const turned = await packThermalFrame({ ...frame(T0), width: 24, height: 32 });
    expect(await storeThermalFrame(database, turned)).toBe('conflict');
    expect(await findThermalFrame(database, tagId, T0)).toEqual(frame(T0));
    expect(await findThermalFrame(database, tagId, T0 + 1)).toBeNull();
  });

  it('are listed by time without what is in them, and go when they are too old', async () => {
    for (const i of [1, 2, 3]) {
      await storeWaveform(database, await packWaveform(waveform(T0 + i)));
      await storeThermalFrame(database, await packThermalFrame(frame(T0 + i)));
    }
    const range = { tagId, from: T0, to: T0 + 3, limit: 10 };
    const entry = (i: number) => ({ at: T0 + i, rateHz: 25_600, unit: 'm/s2', length: 4_096 });
    expect(await listWaveforms(database, range)).toEqual([0, 1, 2].map(entry));
    expect(await listWaveforms(database, { ...range, after: T0, limit: 1 })).toEqual([entry(1)]);
    expect((await listThermalFrames(database, range)).map(({ at }) => at)).toEqual([T0, T0 + 1, T0 + 2]);
    expect(await dropWaveformsBefore(database, T0 + 2.5)).toBe(6);
    expect(await listWaveforms(database, { ...range, to: T0 + 10 })).toEqual([entry(3)]);
  });
});
