/**
 * Picks `count` points that keep the shape of a line as it is seen: of each bucket the one that spans the largest triangle
 * with the point picked before it and the mean of the next bucket. Answers row numbers, first and last included. Linear.
 * Source: S. Steinarsson, "Downsampling Time Series for Visual Representation", University of Iceland, 2013, §4.2.
 */
export function pickLargestTriangles(x: ArrayLike<number>, y: ArrayLike<number>, count: number): number[] {
  const n = x.length;
  if (count >= n) return Array.from({ length: n }, (_, i) => i);
  if (count < 3) return [0, n - 1].slice(0, count);
  const picked = [0];
  const width = (n - 2) / (count - 2);
  for (let bucket = 0; bucket < count - 2; bucket++) {
    const begin = 1 + Math.floor(bucket * width);
    const end = 1 + Math.floor((bucket + 1) * width);
    const last = Math.min(n, 1 + Math.floor((bucket + 2) * width));
    const meanX = meanOf(x, end, Math.max(end + 1, last));
    const meanY = meanOf(y, end, Math.max(end + 1, last));
    picked.push(largestTriangle({ x, y, begin, end, from: picked.at(-1)!, meanX, meanY }));
  }
  picked.push(n - 1);
  return picked;
}

function largestTriangle(search: {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  readonly begin: number;
  readonly end: number;
  readonly from: number;
  readonly meanX: number;
  readonly meanY: number;
}): number {
  const { x, y, begin, end, from, meanX, meanY } = search;
  let best = begin;
  let largest = -1;
  for (let i = begin; i < end; i++) {
    const doubled = Math.abs((x[from]! - meanX) * (y[i]! - y[from]!) - (x[from]! - x[i]!) * (meanY - y[from]!));
    if (doubled > largest) {
      largest = doubled;
      best = i;
    }
  }
  return best;
}

function meanOf(values: ArrayLike<number>, begin: number, end: number): number {
  let sum = 0;
  for (let i = begin; i < end; i++) sum += values[i]!;
  return sum / (end - begin);
}
