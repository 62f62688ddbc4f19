import type { AdapterContext, Reading, Rejection } from '../adapter.ts';
import type { ParsedItem } from './item.ts';

/**
 * Gives the readings among `items` to the sink and counts the others. Resolves when what was accepted is durable;
 * rejections come back in the order of the items, with their places in `items`.
 */
export async function sinkItems(
  items: readonly ParsedItem[],
  ctx: AdapterContext,
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
  if (readings.length === 0) return { accepted: 0, rejected };
  const outcome = await ctx.sink(readings);
  for (const { index, code, reason } of outcome.rejected) rejected.push({ index: indexOf[index]!, code, reason });
  rejected.sort((a, b) => a.index - b.index);
  return { accepted: outcome.accepted, rejected };
}
