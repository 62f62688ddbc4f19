/** Red, green and blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/**
 * Ten colours of "inferno", evenly apart: brightness rises evenly with heat, also for who can't tell red from green, and on paper.
 * Source: S. van der Walt, N. Smith, matplotlib, 2015 (CC0).
 */
export const HEAT: readonly Colour[] = [
  [0x00, 0x00, 0x04],
  [0x1b, 0x0c, 0x41],
  [0x4a, 0x0c, 0x6b],
  [0x78, 0x1c, 0x6d],
  [0xa5, 0x2c, 0x60],
  [0xcf, 0x44, 0x46],
  [0xed, 0x69, 0x25],
  [0xfb, 0x9b, 0x06],
  [0xf7, 0xd1, 0x3d],
  [0xfc, 0xff, 0xa4],
];

/** So many colours from cold to hot, in between those of `HEAT`. */
export function heatColours(count: number): readonly Colour[] {
  return Array.from({ length: count }, (_, i) => {
    const place = (i / (count - 1)) * (HEAT.length - 1);
    const below = Math.min(Math.floor(place), HEAT.length - 2);
    const [low, high] = [HEAT[below]!, HEAT[below + 1]!];
    const mix = (k: 0 | 1 | 2) => Math.round(low[k] + (high[k] - low[k]) * (place - below));
    return [mix(0), mix(1), mix(2)];
  });
}
