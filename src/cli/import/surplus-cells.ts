/**
 * Says what is wrong with a row that has more cells than the first line has columns, `null` when it has not: which of them
 * belongs to which column nobody can know. Empty ones at the end are separators that somebody's program writes.
 */
export function refuseSurplus(cells: readonly string[], columns: number): string | null {
  if (cells.length <= columns || cells.slice(columns).every((cell) => cell.trim() === '')) return null;
  return `the row has ${cells.length} cells, and the first line ${columns}: name every column, and quote a number with a separator in it`;
}
