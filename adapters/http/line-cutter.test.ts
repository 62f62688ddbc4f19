import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineCutter, MAX_LINE_LENGTH } from './line-cutter.ts';

/** The lines of a text that comes in pieces. */
function cut(pieces: readonly string[], newlines: 'plain' | 'quoted' = 'plain'): string[] {
  const cutter = new LineCutter(newlines);
  const lines: string[] = [];
  for (const [index, piece] of pieces.entries()) {
    cutter.feed(piece, index === pieces.length - 1 ? 'last' : 'more');
    for (let line = cutter.next(); line !== null; line = cutter.next()) lines.push(line);
  }
  expect(cutter.number).toBe(lines.length);
  return lines;
}

const long = 'x'.repeat(MAX_LINE_LENGTH + 1);

describe('lines of a text that comes in pieces', () => {
  it('are the same wherever it is cut', () => {
    const part = fc.constantFrom('a', 'b c', '"', '\\', '\n', '\n', '"q\n"', 'x'.repeat(30_000));
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 20 }),
        fc.array(fc.nat(200_000), { maxLength: 4 }),
        fc.constantFrom('plain' as const, 'quoted' as const),
        (parts, cuts, newlines) => {
          const text = parts.join('');
          const at = [0, ...cuts.map((each) => each % (text.length + 1)).sort((a, b) => a - b), text.length];
          const pieces = at.slice(1).map((end, index) => text.slice(at[index], end));
          expect(cut(pieces, newlines)).toEqual(cut([text], newlines));
        },
      ),
    );
  });

  it('end with their newline, and the last one without', () => {
    expect(cut(['a\n\nb'])).toEqual(['a', '', 'b']);
    expect(cut(['a\nb\n', '\r\n'])).toEqual(['a', 'b', '\r']);
    expect(cut(['a\n  '])).toEqual(['a']);
    expect(cut([''])).toEqual([]);
  });

  it('that are too long are told once, kept nowhere, and harm no other', () => {
    expect(cut(['a\n', long, long, 'x\nb\n', `${long}\nc`])).toEqual(['a', 'too_long', 'b', 'too_long', 'c']);
  });

  it('may hold newlines in quotes, and a quote that is never closed harms its own line only', () => {
    expect(cut(['m f="a\nb" 1\nn'], 'quoted')).toEqual(['m f="a\nb" 1', 'n']);
    expect(cut([`m f="open\n${'n\n'.repeat(MAX_LINE_LENGTH)}`], 'quoted').slice(0, 3)).toEqual(['m f="open', 'n', 'n']);
    expect(cut(['m f="open\nn'], 'quoted')).toEqual(['m f="open', 'n']);
  });
});
