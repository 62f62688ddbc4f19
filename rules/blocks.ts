import { Type } from 'typebox';
import { duration, type EpochMs } from './detector.ts';
import { median } from './math/robust.ts';

/**
 * The last stretches of a tag, each as one value; plain JSON. `numbers`: stretches since 1970 (time / length), ascending, gaps
 * left out. `values`: what each was, tag unit. `means`, `sum`, `count`: of the stretch that is not over yet.
 */
export interface Blocks {
  number: number;
  slot: number;
  sum: number;
  count: number;
  means: number[];
  numbers: number[];
  values: number[];
}

/** Length of a stretch, ms, and how many are kept: as the settings of a detector are called. */
export interface BlockSizes {
  readonly every: number;
  readonly blocks: number;
}

/** The setting `every` of a detector that judges stretches by `completed`. */
export const EVERY = Type.Unsafe<number>(
  duration({
    minimum: '0s',
    default: '5m',
    description: 'Readings are judged by their median over this time; with 0s each by itself.',
  }),
);

/** Means that one stretch is the median of: a fault of half its time does not move it, and its memory stays small. */
const SLOTS = 15;

/** No stretch yet. */
export function startBlocks(): Blocks {
  return { number: Number.NaN, slot: 0, sum: 0, count: 0, means: [], numbers: [], values: [] };
}

/**
 * Takes in a reading; true when it ended a stretch, which then is the last of `values`. A stretch is the median of the means
 * of its fifteenths (median of means: A. Nemirovsky & D. Yudin, Problem Complexity and Method Efficiency, 1983, ch. 1), so
 * that its memory does not grow with the pace of the readings. Stretches lie on the clock's own grid. Stretches older than
 * `blocks` are forgotten, also where newer ones are missing.
 */
export function takeIn(blocks: Blocks, at: EpochMs, value: number, sizes: BlockSizes): boolean {
  if (!endsStretch(blocks, at, value, sizes.every)) return false;
  while (blocks.numbers.length > 0 && blocks.numbers[0]! < blocks.number - sizes.blocks) {
    blocks.numbers.shift();
    blocks.values.shift();
  }
  return true;
}

/**
 * Takes in a reading and gives the stretch that it ended, NaN when it ended none; keeps no others. With `every` 0 each reading
 * is a stretch of its own.
 */
export function completed(blocks: Blocks, at: EpochMs, value: number, every: number): number {
  if (every === 0) return value;
  if (!endsStretch(blocks, at, value, every)) return Number.NaN;
  blocks.numbers.pop();
  return blocks.values.pop()!;
}

function endsStretch(blocks: Blocks, at: EpochMs, value: number, every: number): boolean {
  const number = Math.floor(at / every);
  const slot = Math.floor(((at - number * every) * SLOTS) / every);
  const isOver = blocks.count + blocks.means.length > 0 && number !== blocks.number;
  if (isOver || slot !== blocks.slot) endSlot(blocks);
  if (isOver) endBlock(blocks);
  blocks.number = number;
  blocks.slot = slot;
  blocks.sum += value;
  blocks.count++;
  return isOver;
}

function endSlot(blocks: Blocks): void {
  if (blocks.count === 0) return;
  blocks.means.push(blocks.sum / blocks.count);
  blocks.sum = 0;
  blocks.count = 0;
}

function endBlock(blocks: Blocks): void {
  blocks.numbers.push(blocks.number);
  // more digits than an instrument has, in half the memory
  blocks.values.push(Number(median(blocks.means).toPrecision(8)));
  blocks.means = [];
}
