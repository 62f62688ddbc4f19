import { describe, expect, test } from 'vitest';
import { complaintAbout, textIn } from './registers.ts';
import { addressOf } from './testbench.ts';

describe('an address', () => {
  test.each<[string, object, string]>([
    ['a bit of a float', { type: 'float32', bit: 3 }, 'bit is for whole numbers, not for float32'],
    ['a bit beyond the registers', { bit: 16 }, 'a uint16 has no bit 16'],
    ['half of a whole register', { byte: 'high' }, 'byte is for int8 and uint8, not for uint16'],
    ['an inverted number', { type: 'int32', invert: true }, 'invert is for a bit or a bool, not for int32'],
    ['codes of a float', { type: 'float64', labels: { 1: 'on' } }, 'labels are for whole numbers, not for float64'],
    ['a text without a length', { type: 'string' }, 'length and type: string go together'],
    ['a number with a length', { length: 4 }, 'length and type: string go together'],
  ])('%s is refused', (_, address, complaint) => {
    expect(complaintAbout(addressOf({ register: 0, ...address }))).toBe(complaint);
  });

  test('settings that go together are not complained about', () => {
    const fine = [{}, { bit: 15 }, { type: 'uint64', bit: 63, invert: true }, { type: 'string', length: 3 }];
    expect(fine.map((more) => complaintAbout(addressOf({ register: 0, ...more })))).toEqual([null, null, null, null]);
  });
});

describe('textIn', () => {
  test('a text ends at NUL and without the blanks that fill it up, in both orders of bytes', () => {
    const address = { register: 0, type: 'string', length: 6 };
    expect(textIn(addressOf(address), Buffer.from('AB\0xyz'))).toBe('AB');
    expect(textIn(addressOf(address), Buffer.from('ABCD  '))).toBe('ABCD');
    expect(textIn(addressOf({ ...address, order: 'BADC' }), Buffer.from('BADCFE'))).toBe('ABCDEF');
    expect(textIn(addressOf({ ...address, length: 3 }), Buffer.from('ABCD'))).toBe('ABC');
  });
});
