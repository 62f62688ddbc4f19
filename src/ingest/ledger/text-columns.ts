import type { Batch } from '../../model/batch.ts';
import type { LoggedText } from '../../model/log-record.ts';

/** Text readings as the ledger looks at readings: whether something came, and when. Each has a value, which says nothing. */
export function columnsOf(texts: readonly LoggedText[]): Batch {
  return {
    tag: Int32Array.from(texts, ({ tag }) => tag),
    at: Float64Array.from(texts, ({ at }) => at),
    value: new Float64Array(texts.length),
    quality: Uint8Array.from(texts, ({ quality }) => quality),
    codes: new Map(),
  };
}
