import { seeded } from '../math/seeded.ts';

/** A reading of each tag in five minutes: temperature, vibration, speed, load, air. */
export type Row = [temperature: number, vibration: number, speed: number, load: number, air: number];

/** What happens to a machine from a row on; `x` counts rows since then. */
export interface Happening {
  readonly from: number;
  readonly change: (row: Row, x: number) => void;
}

/** Five minutes in parts of the temperature's time constant of an hour. */
const STEP = 5 / 60;
const DAY = 288;

/** A seeded machine with two speeds a day (or one), a load that strays, and a temperature that follows both in an hour. */
export function machine(
  seed: number,
  { rows, speeds, happening }: { rows: number; speeds: readonly [number, number]; happening?: Happening },
): Row[] {
  const { normal } = seeded(seed);
  let [stray, cooling, heat] = [0, 0, 30];
  return Array.from({ length: rows }, (_, i) => {
    stray = 0.99 * stray + 0.5 * normal();
    cooling = 0.996 * cooling + 0.04 * normal();
    const speed = i % DAY < DAY / 2 ? speeds[0] : speeds[1];
    const n = speed / 1_500;
    const load = n * (60 + stray);
    const air = 20 + 3 * Math.sin((2 * Math.PI * i) / DAY);
    heat += STEP * (n * (12 + 0.3 * load) + cooling - heat);
    const vibration = 0.2 + n * n + 0.006 * load;
    const row: Row = [
      air + heat + 0.1 * normal(),
      vibration + 0.05 * normal(),
      speed + 1.5 * normal(),
      load + 0.5 * normal(),
      air + 0.05 * normal(),
    ];
    if (happening && i >= happening.from) happening.change(row, i - happening.from);
    return row;
  });
}
