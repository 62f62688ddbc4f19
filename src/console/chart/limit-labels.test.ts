import { expect, it } from 'vitest';
import { placeLabels } from './limit-labels.ts';

const room = { left: 0, right: 300, top: 0, bottom: 200, lineHeight: 16, gap: 10 };

it('puts a label above its line, at the right end', () => {
  expect(placeLabels([{ y: 100, width: 50 }], room)).toEqual([{ left: 250, top: 84 }]);
});

it('puts a label below a line that is too near to the top', () => {
  expect(placeLabels([{ y: 5, width: 50 }], room)).toEqual([{ left: 250, top: 5 }]);
});

it('lets no label cover another, however close the lines are', () => {
  const lines = [4, 10, 14, 60, 62, 64, 190, 196].map((y) => ({ y, width: 50 }));
  const places = placeLabels(lines, room);
  for (const [i, a] of places.entries()) {
    expect(a.top).toBeGreaterThanOrEqual(room.top);
    expect(a.top + room.lineHeight).toBeLessThanOrEqual(room.bottom);
    for (const b of places.slice(i + 1)) {
      expect(Math.abs(a.top - b.top) >= room.lineHeight || Math.abs(a.left - b.left) >= 50).toBe(true);
    }
  }
});

it('ends on a chart that has no room for all of them', () => {
  const places = placeLabels(
    Array.from({ length: 40 }, () => ({ y: 100, width: 120 })),
    room,
  );
  expect(places).toHaveLength(40);
  expect(places.at(-1)).toEqual({ left: 0, top: 84 });
});
