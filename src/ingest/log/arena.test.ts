import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Arena, type Piece } from './arena.ts';

it('never gives memory that is in use, in whatever order it comes back', () => {
  const step = fc.record({ length: fc.integer({ min: 1, max: 400_000 }), frees: fc.array(fc.nat(), { maxLength: 3 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const arena = new Arena();
      const inUse: { piece: Piece; mark: number }[] = [];
      for (const [i, { length, frees }] of steps.entries()) {
        const piece = arena.take(length);
        expect(piece.bytes.length).toBe(length);
        piece.bytes.fill(i);
        inUse.push({ piece, mark: i });
        for (const index of frees) {
          const [freed] = inUse.splice(index % Math.max(1, inUse.length), 1);
          if (!freed) continue;
          expect(freed.piece.bytes.every((byte) => byte === freed.mark)).toBe(true);
          freed.piece.free();
        }
      }
      for (const { piece, mark } of inUse) expect(piece.bytes[0] === mark && piece.bytes.at(-1) === mark).toBe(true);
    }),
    { numRuns: 30 },
  );
});

it('uses the same memory again', () => {
  const arena = new Arena();
  const first = arena.take(21_000);
  const { buffer } = first.bytes;
  first.free();
  for (let i = 0; i < 1_000; i++) {
    const piece = arena.take(21_000);
    expect(piece.bytes.buffer).toBe(buffer);
    piece.free();
  }
});
