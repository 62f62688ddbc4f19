import type { Separator } from './csv-rows.ts';

/** Which sign stands before the decimals of a file's numbers; the other one may group thousands. */
export type DecimalSign = 'comma' | 'point';

/** How the numbers of a file are written. */
export interface NumberStyle {
  readonly separator: Separator;
  /** What the user says; without it a comma is a decimal one between `;` and tabs, and a point always is. */
  readonly decimal?: DecimalSign | undefined;
  /** Whether a number of the file has a decimal comma: a point before three digits may then be one of thousands. */
  readonly hasCommas?: boolean;
}

const NUMBER = /^[+-]?(\d|\.\d)/;
const DECIMAL_COMMA = /^[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+(e[+-]?\d+)?$/i;
const POINTS_OF_THOUSANDS = /^[+-]?\d{1,3}(\.\d{3})+(,\d+)?$/;
const COMMAS_OF_THOUSANDS = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/;
const THOUSANDS_OR_DECIMALS = /^[+-]?[1-9]\d{0,2}\.\d{3}$/;

/** The number in a trimmed cell; NaN when it is none, or could be two. */
export function readCellNumber(text: string, style: NumberStyle): number {
  const plain = isAmbiguous(text, style) ? null : withPoint(text, style);
  const value = plain !== null && NUMBER.test(plain) && !/^[+-]?0[xob]/i.test(plain) ? Number(plain) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}

/** Whether a cell may mean a number of thousands or one with three decimals: German Excel writes 1473 as `1.473`. */
export function isAmbiguous(text: string, { decimal, hasCommas = false }: NumberStyle): boolean {
  return decimal === undefined && hasCommas && THOUSANDS_OR_DECIMALS.test(text);
}

/** What is wrong with a cell that is no number, and what to do. */
export function sayNoNumber(text: string, style: NumberStyle): string {
  const shown = text.slice(0, 50);
  if (isAmbiguous(text, style)) {
    const thousands = text.replace('.', '');
    return `${shown}: a thousands point or a decimal one? other numbers of this file have a decimal comma; --decimal comma reads it as ${thousands}, --decimal point as ${text} and no commas`;
  }
  const isGrouped = style.decimal === undefined && POINTS_OF_THOUSANDS.test(text) && style.separator !== ',';
  const advice = isGrouped ? `: --decimal comma reads it as ${withPoint(text, { ...style, decimal: 'comma' })}` : '';
  return `${JSON.stringify(shown)} is no number${advice}`;
}

/** Whether one of these rows has a number with a decimal comma. Between commas there is none. */
export function hasDecimalComma(
  rows: readonly { readonly cells: readonly string[] | null }[],
  separator: Separator,
): boolean {
  if (separator === ',') return false;
  return rows.some(({ cells }) => cells?.some((cell) => cell.includes(',') && DECIMAL_COMMA.test(cell.trim())));
}

/** The number as JavaScript writes it; `null` where its signs are not those that were said. */
function withPoint(text: string, { separator, decimal }: NumberStyle): string | null {
  switch (decimal) {
    case undefined:
      return separator === ',' ? text : text.replace(',', '.');
    case 'comma':
      if (POINTS_OF_THOUSANDS.test(text)) return text.replaceAll('.', '').replace(',', '.');
      return text.includes('.') ? null : text.replace(',', '.');
    case 'point':
      if (COMMAS_OF_THOUSANDS.test(text)) return text.replaceAll(',', '');
      return text.includes(',') ? null : text;
  }
}
