import type { Separator } from './csv-rows.ts';

/** The number in a trimmed cell; NaN when it is none. With `;` and tab a comma is the decimal sign. */
export function readCellNumber(text: string, separator: Separator): number {
  const plain = separator === ',' ? text : text.replace(',', '.');
  const value = /^[+-]?(\d|\.\d)/.test(plain) && !/^[+-]?0[xob]/i.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}
