import { type RemainingLife, type Subject, sayDuration } from '../detector.ts';
import { sayNumber, withUnit } from '../say-number.ts';

/** The sentence of a forecast: `reaches 7.1 mm/s in 9–16 d (most likely 12 d)`. `perDay`, tag unit; `spanMs`: what it was drawn through. */
export function sayForecast(
  {
    rul,
    present,
    limit,
    perDay,
    spanMs,
  }: {
    readonly rul: RemainingLife;
    readonly present: number;
    readonly limit: number;
    readonly perDay: number;
    readonly spanMs: number;
  },
  { tag, unit }: Subject,
): string {
  const said = (value: number) => withUnit(sayNumber(value), unit);
  const change = `${perDay > 0 ? 'rises' : 'falls'} by ${withUnit(sayNumber(Number(Math.abs(perDay).toPrecision(2))), unit)} a day`;
  return `${tag} reaches ${said(limit)} in ${sayLeft(rul)}: it is ${said(present)} now and ${change}, as over the last ${sayDuration(spanMs)}`;
}

/** The sentence of a limit that has been reached. */
export function sayReached(present: number, limit: number, { tag, unit }: Subject): string {
  const said = (value: number) => withUnit(sayNumber(value), unit);
  return `${tag} has reached ${said(limit)}: it is ${said(present)} now`;
}

/** Four of five times within the range: `9–16 d (most likely 12 d)`. */
export function sayLeft({ p10, p50, p90 }: RemainingLife): string {
  const [hours, word] = p90 >= 48 ? [24, 'd'] : p90 >= 2 ? [1, 'h'] : [1 / 60, 'min'];
  const said = (value: number) => sayNumber(Number((value / hours).toPrecision(2)));
  const range = said(p10) === said(p90) ? said(p50) : `${said(p10)}–${said(p90)}`;
  return `${range} ${word} (most likely ${said(p50)} ${word})`;
}
