import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/model/clock.ts';
import type { ProbeOptions } from '../adapter.ts';
import { createModbus } from './index.ts';
import { addressOf, configOf, startImageDevice } from './testbench.ts';

const image = [
  { table: 'holding', register: 0, words: '00004148 0019 0000 0000 0000 0000 0000 0000' },
  { table: 'holding', register: 20, words: '4d32 2d37 0000 8000' },
  { table: 'coil', register: 0, bits: '1' },
] as const;

const tags = {
  vibration: { address: { register: 0, type: 'float32' }, hint: { unit: 'mm/s', range: [0.1, 50] as const } },
  speed: { address: { register: 2 } },
  serial: { address: { register: 20, type: 'string', length: 6 } },
  broken: { address: { register: 23, type: 'int16', sentinel: [-32768] } },
  missing: { address: { register: 40 } },
  pump: { address: { register: 0, table: 'coil' } },
};

async function ask(options: ProbeOptions, settings: object = {}) {
  await using device = await startImageDevice(image);
  const config = configOf({ host: '127.0.0.1', port: device.port, poll: '500ms', ...settings });
  const bindings = Object.entries(tags).map(([tag, { address, ...more }]) => ({
    tag,
    address: addressOf(address),
    hint: { unit: null, range: null, ...('hint' in more ? more.hint : {}) },
  }));
  const ctx = { clock: systemClock, signal: new AbortController().signal, directory: 'unused' };
  return await createModbus().probe!(config, bindings, options, ctx);
}

describe('probe', () => {
  test('each tag has its value or what is wrong with it', async () => {
    const { tags } = await ask({});
    expect(Object.fromEntries(tags.map(({ tag, reading, problem }) => [tag, [reading?.value, problem]]))).toEqual({
      vibration: [expect.closeTo(0), expect.stringContaining('outside of its range')],
      speed: [25, null],
      serial: [null, null],
      broken: [null, expect.stringContaining('no value')],
      missing: [null, expect.stringContaining('refuses holding 40')],
      pump: [1, null],
    });
  });

  test('the notes say what one scan asks, and how often a scan can be made', async () => {
    const { notes } = await ask({}, { baudRate: 9_600, gap: 2 });
    expect(notes[0]).toContain('for 6 tags');
    expect(notes[0]).toContain('at 9600 baud');
    expect(notes).toContain('  unit 1: holding 0 to 2, 3 registers');
    expect(notes).toContain('  unit 1: holding 20 to 23, 4 registers');
    expect(notes).toContain('  unit 1: coil 0 to 0, 1 bit');
    expect(notes.some((note) => note.startsWith('a scan every 500 ms, as poll says'))).toBe(true);
  });

  test('a text is shown', async () => {
    const { notes } = await ask({});
    expect(notes).toContain('serial reads "M2-7"');
  });

  test('a guess names the settings that would be right', async () => {
    const { notes } = await ask({ guess: 'vibration' });
    const from = notes.findIndex((note) => note.startsWith('vibration: registers 0000 4148 0019 0000'));
    expect(
      notes.slice(from + 1).some((note) => note.includes('12.5 as { type: float32, order: CDAB, scale: 1 }')),
    ).toBe(true);
    expect(notes.some((note) => note.startsWith('speed:'))).toBe(false);
  });

  test('a poll that is too short for the line is said to be so', async () => {
    const { notes } = await ask({}, { baudRate: 300, poll: '200ms' });
    expect(notes.at(-2)).toMatch(/bus time|a scan every/);
    expect(notes.join('\n')).toMatch(/though poll says 200 ms/);
  });
});
