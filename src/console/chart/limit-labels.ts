/** A line across a chart that has a label, px from the top of the chart. */
export interface LabelledLine {
  readonly y: number;
  readonly width: number;
}

/** Where labels may stand, px. */
export interface LabelRoom {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Height of a label with what belongs around it. */
  readonly lineHeight: number;
  /** Distance that two labels beside each other keep. */
  readonly gap: number;
}

/** Top left corner of a label, px. */
export interface LabelPlace {
  readonly left: number;
  readonly top: number;
}

/**
 * Finds a place for the label of every line, in the order given: above its line at the right end, else below it, else farther left, so
 * that no label covers another. Where a chart is too full, the last ones stand at its left edge.
 */
export function placeLabels(lines: readonly LabelledLine[], room: LabelRoom): LabelPlace[] {
  const taken: (LabelPlace & { readonly width: number })[] = [];
  for (const { y, width } of lines) {
    const tops = [y - room.lineHeight, y].filter((top) => top >= room.top && top + room.lineHeight <= room.bottom);
    const place = firstFree(tops.length > 0 ? tops : [room.top], width, { room, taken });
    taken.push({ ...place, width });
  }
  return taken.map(({ left, top }) => ({ left, top }));
}

function firstFree(
  tops: readonly number[],
  width: number,
  { room, taken }: { room: LabelRoom; taken: readonly (LabelPlace & { readonly width: number })[] },
): LabelPlace {
  let right = room.right;
  for (;;) {
    const left = right - width;
    let next = Number.NEGATIVE_INFINITY;
    for (const top of tops) {
      const inTheWay = taken.filter(
        (other) =>
          Math.abs(other.top - top) < room.lineHeight &&
          left < other.left + other.width + room.gap &&
          other.left - room.gap < right,
      );
      if (inTheWay.length === 0) return { left: Math.max(room.left, left), top };
      next = Math.max(next, ...inTheWay.map((other) => other.left - room.gap));
    }
    if (next - width < room.left) return { left: room.left, top: tops[0]! };
    right = next;
  }
}
