import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { complaintAboutConfig } from './line.ts';
import { complaintAbout } from './registers.ts';
import { addressOf, configOf, record, startImageDevice } from './testbench.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');
const sample: {
  readonly adapters: Readonly<Record<string, { readonly kind: string } & Record<string, unknown>>>;
  readonly assets: Readonly<
    Record<string, { readonly tags: Readonly<Record<string, { readonly from: string; readonly address: unknown }>> }>
  >;
} = parse(read('sample.yaml'));

function tagsFrom(source: string) {
  const tags = Object.entries(sample.assets).flatMap(([asset, { tags }]) =>
    Object.entries(tags).map(([name, tag]) => ({ name: `${asset}.${name}`, ...tag })),
  );
  return Object.fromEntries(
    tags.filter(({ from }) => from === source).map(({ name, address }) => [name, addressOf(address)]),
  );
}

describe('the sample', () => {
  test('is what the README shows', () => {
    const shown = [...read('README.md').matchAll(/```yaml\n([^`]+)```/g)].map(([, block]) => block!);
    expect(shown).not.toEqual([]);
    for (const line of shown.join('').split('\n')) expect(read('sample.yaml')).toContain(line);
  });

  test.each(Object.keys(sample.adapters))(
    'its adapter %s has settings that go together, and so have its addresses',
    (id) => {
      const { kind, ...settings } = sample.adapters[id]!;
      expect(kind).toBe('modbus');
      expect(complaintAboutConfig(configOf(settings))).toBeNull();
      expect(Object.values(tagsFrom(id)).map(complaintAbout).filter(Boolean)).toEqual([]);
    },
  );

  test('reads from a PLC what it says it reads', async () => {
    await using device = await startImageDevice([
      { unitId: 7, table: 'holding', register: 100, words: '40b00000' },
      { unitId: 7, table: 'holding', register: 110, words: '0010 0001' },
      { unitId: 7, table: 'input', register: 12, words: '0213' },
      { unitId: 7, table: 'coil', register: 3, bits: '1' },
    ]);
    const { kind: _kind, ...settings } = sample.adapters['hall-plc']!;
    await using run = record(configOf({ ...settings, host: '127.0.0.1', port: device.port }), tagsFrom('hall-plc'));
    await vi.waitFor(() => expect(run.scans.length).toBeGreaterThan(1), 20_000);
    const values = Object.fromEntries(run.scans[1]!.map(({ tag, value, quality }) => [tag, [value, quality]]));
    expect(values).toEqual({
      'press-1.vibration': [5.5, 'good'],
      'press-1.temperature': [expect.closeTo(53.1), 'good'],
      'press-1.running': [1, 'good'],
      'press-1.guard': [0, 'good'],
      'press-1.state': [1, 'good'],
    });
  });
});
