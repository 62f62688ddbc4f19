/** Hours in which a tag was away from what explains it: how long, by how much, and how hard the machine worked. Plain JSON. */
export interface Away {
  /** Mean deviation (tag unit) and mean of the first drive, of each hour that is over. */
  readonly by: number[];
  readonly drive: number[];
  sum: number;
  driveSum: number;
  count: number;
}

/** What the deviation does when the machine works harder. */
export type Scaling = 'stays' | 'grows' | 'not known';

/** What was usual of the first drive while it was learnt. */
export interface UsualDrive {
  readonly mean: number;
  readonly width: number;
}

/** So many of the last hours are looked at. */
const MOST_HOURS = 48;
const FEWEST_HOURS = 6;
/** A drive that scatters by less than this share of its mean is constant, and cannot tell. */
const VARIES = 0.05;
/** Below this share of its usual mean the machine stands. */
const STANDS = 0.1;
/** A deviation that goes with the drive by less than this is the instrument's: 0 is none, 1 in proportion. */
const PROPORTION = 0.5;

/** The tag has only just left what explains it. */
export function startAway(): Away {
  return { by: [], drive: [], sum: 0, driveSum: 0, count: 0 };
}

/** Takes in one value of the deviation and of the first drive; `perHour` of them are an hour. */
export function addAway(away: Away, { by, drive, perHour }: { by: number; drive: number; perHour: number }): void {
  away.sum += by;
  away.driveSum += drive;
  if (++away.count < perHour) return;
  away.by.push(Number((away.sum / away.count).toPrecision(6)));
  away.drive.push(Number((away.driveSum / away.count).toPrecision(6)));
  if (away.by.length > MOST_HOURS) {
    away.by.shift();
    away.drive.shift();
  }
  Object.assign(away, { sum: 0, driveSum: 0, count: 0 });
}

/**
 * Whether a deviation is the same at every speed, as that of an instrument, or grows with the speed, as forces and losses do: least squares
 * of the deviation on time and on the drive. A machine that stands and deviates deviates by its instrument. `not known` where the drive
 * varies and has not yet while the tag was away; `null` where the drive is constant and cannot tell.
 */
export function scalingOf({ by, drive }: Away, usual: UsualDrive): Scaling | null {
  if (!doesVary(usual)) return null;
  const hours = by.length;
  if (hours < FEWEST_HOURS) return 'not known';
  const driveMean = meanOf(drive);
  if (Math.abs(driveMean) < STANDS * Math.abs(usual.mean)) return 'stays';
  const spread = Math.sqrt(meanOf(drive.map((each) => (each - driveMean) ** 2)));
  if (spread < usual.width / 2) return 'not known';
  return (slopeOnDrive(by, drive) * driveMean) / meanOf(by) < PROPORTION ? 'stays' : 'grows';
}

/** Whether the drive varies enough to tell a machine from an instrument. */
export function doesVary({ mean, width }: UsualDrive): boolean {
  return width > VARIES * Math.abs(mean);
}

/** Slope on the drive of a least-squares plane over time and drive; both taken about their means. */
function slopeOnDrive(by: readonly number[], drive: readonly number[]): number {
  const middle = (by.length - 1) / 2;
  const [byMean, driveMean] = [meanOf(by), meanOf(drive)];
  let [tt, td, dd, ty, dy] = [0, 0, 0, 0, 0];
  for (const [i, value] of by.entries()) {
    const [t, d, y] = [i - middle, drive[i]! - driveMean, value - byMean];
    tt += t * t;
    td += t * d;
    dd += d * d;
    ty += t * y;
    dy += d * y;
  }
  const determinant = tt * dd - td * td;
  return determinant > 1e-9 * tt * dd ? (tt * dy - td * ty) / determinant : 0;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
