import { type TSchema, Type } from 'typebox';
import { ApiError } from '../model/errors.ts';
import type { EpochMs } from '../model/reading.ts';
import { parseTime } from '../model/time.ts';

/** Query of every list: how many, and from where on. */
export const PageQuery = {
  limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 100, description: 'Most items to answer with.' }),
  cursor: Type.Optional(Type.String({ maxLength: 1_000, description: '`next` of the page before; opaque.' })),
};

/** Answer of every list: items, and where the next page begins (`null` at the end). */
export function Page<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) });
}

/** Cuts one item too many off and makes it the next page's beginning. Fetch `limit + 1` items for it. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => unknown,
  present: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  const next = rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null;
  return { items: kept.map(present), next };
}

/** Makes the cursor that says after what the next page begins. */
export function encodeCursor(after: unknown): string {
  return Buffer.from(JSON.stringify(after)).toString('base64url');
}

/** Reads a cursor that is one text; empty text at the beginning. */
export function textCursor(cursor: string | undefined): string {
  const value = decode(cursor);
  if (value === null) return '';
  if (typeof value !== 'string') throw badCursor();
  return value;
}

/** Reads a cursor that is a time and an id. */
export function timeCursor(cursor: string | undefined): { at: EpochMs; id: string } | undefined {
  const value = decode(cursor);
  if (value === null) return undefined;
  if (!Array.isArray(value) || typeof value[0] !== 'number' || !isTime(value[0]) || typeof value[1] !== 'string')
    throw badCursor();
  return { at: value[0], id: value[1] };
}

/** Reads a time given in a query: RFC 3339 or milliseconds since 1970. */
export function queryTime(text: string | undefined, name: string): EpochMs | undefined {
  if (text === undefined) return undefined;
  const at = /^\d+(\.\d+)?$/.test(text) ? Number(text) : parseTime(text);
  if (at === null || !isTime(at))
    throw new ApiError(400, 'body_invalid', `${name} is an RFC 3339 time or milliseconds since 1970`);
  return at;
}

function decode(cursor: string | undefined): unknown {
  if (cursor === undefined || cursor === '') return null;
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown;
  } catch (cause) {
    throw badCursor(cause);
  }
}

function badCursor(cause?: unknown): ApiError {
  return new ApiError(400, 'body_invalid', 'cursor is not one that this list gave out', { cause });
}

/** Times that both JavaScript and PostgreSQL can hold. */
function isTime(at: number): boolean {
  return at >= 0 && at <= 4_102_444_800_000 * 10;
}
