import type { Reading, Rejection } from '../adapter.ts';
import type { BatchNumber, PushContext } from './batch.ts';
import type { ParsedItem } from './item.ts';

/**
 * Gives the readings among `items` to the sink and counts the others. Resolves when what was accepted is durable;
 * rejections come back in the order of the items, with their places in `items`. A numbered batch counts as come then.
 */
export async function sinkItems(
  items: readonly ParsedItem[],
  ctx: PushContext,
  number: BatchNumber | null,
): Promise<{ accepted: number; rejected: Rejection[] }> {
  const readings: Reading[] = [];
  const indexOf: number[] = [];
  const rejected: Rejection[] = [];
  for (const [index, item] of items.entries()) {
    if ('reading' in item) {
      readings.push(item.reading);
      indexOf.push(index);
    } else {
      rejected.push({ index, ...item });
      ctx.discard(item.code, 1);
    }
  }
  const done = async () => {
    if (number !== null) await ctx.pushed({ ...number, ...spanOf(readings) });
  };
  if (readings.length === 0) {
    await done();
    return { accepted: 0, rejected };
  }
  const outcome = await ctx.sink(readings);
  for (const { index, code, reason } of outcome.rejected) rejected.push({ index: indexOf[index]!, code, reason });
  rejected.sort((a, b) => a.index - b.index);
  await done();
  return { accepted: outcome.accepted, rejected };
}

function spanOf(readings: readonly Reading[]): { from: number | null; to: number | null } {
  let from: number | null = null;
  let to: number | null = null;
  for (const { at } of readings) {
    if (from === null || at < from) from = at;
    if (to === null || at > to) to = at;
  }
  return { from, to };
}
