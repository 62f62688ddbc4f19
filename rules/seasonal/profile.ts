import { clip } from '../math/robust.ts';
import { HOURS } from './hour-of-week.ts';

/** What each hour of the week is like, plain JSON: middle and width (tag unit) and how many values taught it. */
export interface Profile {
  readonly centre: number[];
  readonly width: number[];
  readonly count: number[];
  /** Mean width of all hours that have been seen before, tag unit, and how many values it is from. */
  usual: number;
  seen: number;
}

/** What is normal in an hour, tag unit; `values`: of this hour alone. */
export interface Normal {
  readonly centre: number;
  readonly width: number;
  readonly values: number;
}

/** A value moves the profile by no more than this many widths: an odd day is not the new normal. */
const MOST_MOVE = 3;
/** Values after which an hour forgets: eight weeks of quarters of an hour. */
const MEMORY = 32;
/** Values that the neighbours of an hour count as, for its middle and for its width. */
const CENTRE_PRIOR = 1;
const WIDTH_PRIOR = 8;
/** No hour is more than this much quieter than all. */
const LEAST_WIDTH = 0.7;
/** Makes a mean absolute deviation the standard deviation of a normal sample: √(π/2). */
const NORMAL_CONSISTENCY = Math.sqrt(Math.PI / 2);

/** Of a tag nothing is known of. */
export function startProfile(): Profile {
  const zeros = () => new Array<number>(HOURS).fill(0);
  return { centre: zeros(), width: zeros(), count: zeros(), usual: 0, seen: 0 };
}

/**
 * Teaches an hour of the week a value: recursive Huber estimates of location and scale.
 * Source: P. J. Huber, Ann. Math. Statist. 35(1), 1964; R. D. Martin & C. J. Masreliez, IEEE Trans. Inf. Theory 21(3), 1975 (recursive).
 */
export function teach(profile: Profile, hour: number, value: number): void {
  const { centre, width, count } = profile;
  const values = ++count[hour]!;
  if (values === 1) {
    centre[hour] = value;
    return;
  }
  const gain = 1 / Math.min(values, MEMORY);
  const off = value - centre[hour]!;
  const bound = profile.seen < HOURS ? Number.POSITIVE_INFINITY : MOST_MOVE * Math.max(width[hour]!, profile.usual);
  const kept = clip(off, bound);
  centre[hour] = short(centre[hour]! + gain * kept);
  // of two values each is half as far from their middle as it would be from the true one
  const away = Math.abs(kept) * Math.sqrt((values - 1) / values) * NORMAL_CONSISTENCY;
  width[hour] = short(width[hour]! + (away - width[hour]!) / Math.min(values - 1, MEMORY));
  profile.seen++;
  profile.usual = short(profile.usual + (away - profile.usual) / Math.min(profile.seen, MEMORY * HOURS));
}

/**
 * What is normal in an hour: its own values, and while they are few those of the hours beside it and of the same hour
 * on the days beside it (an empirical Bayes estimate: B. Efron & C. Morris, JASA 70, 1975). `values` 0: nothing is known.
 */
export function normalIn({ centre, width, count, usual }: Profile, hour: number): Normal {
  const values = count[hour]!;
  let [sum, widths, weight] = [0, 0, 0];
  for (const offset of [-24, -1, 1, 24]) {
    const near = (hour + offset + HOURS) % HOURS;
    if (count[near]! < 2) continue;
    sum += centre[near]!;
    widths += width[near]!;
    weight++;
  }
  if (values === 0 || weight === 0) return { centre: centre[hour]!, width: usual, values };
  const middle = (values * centre[hour]! + CENTRE_PRIOR * (sum / weight)) / (values + CENTRE_PRIOR);
  const own = (values * width[hour]! + WIDTH_PRIOR * (widths / weight)) / (values + WIDTH_PRIOR);
  // with many values the neighbours have no say: a shift begins from one hour to the next
  const isKnown = values >= MEMORY / 4;
  return { centre: isKnown ? centre[hour]! : middle, width: Math.max(own, LEAST_WIDTH * usual), values };
}

/** Six digits: 168 hours must fit into 4 KB. */
function short(value: number): number {
  return Number(value.toPrecision(6));
}
