import { type RemainingLife, type Subject, sayDuration } from '../detector.ts';
import { sayNumber, withUnit } from '../say-number.ts';

/**
 * The sentence of a forecast: `reaches 7.1 mm/s in 9–16 d (most likely 12 d)`. `present` is where the line ends, and no reading: the
 * newest may be far from it. `perDay`, tag unit; `spanMs`: what it was drawn through.
 */
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
  const change = `${perDay > 0 ? 'rose' : 'fell'} by ${withUnit(sayNumber(Number(Math.abs(perDay).toPrecision(2))), unit)} a day`;
  return `${tag} reaches ${said(limit)} in ${sayLeft(rul)}: over the last ${sayDuration(spanMs)} it ${change}, to ${said(present)} at the end of that line`;
}

/** The sentence of a limit that has been reached, by the median of the last `spanMs`: the newest reading may be another. */
export function sayReached(
  { present, limit, spanMs }: { readonly present: number; readonly limit: number; readonly spanMs: number },
  { tag, unit }: Subject,
): string {
  const said = (value: number) => withUnit(sayNumber(value), unit);
  return `${tag} has reached ${said(limit)}: the median of its last full ${sayDuration(spanMs)} is ${said(present)}`;
}

/** Four of five times within the range: `9–16 d (most likely 12 d)`. */
export function sayLeft({ p10, p50, p90 }: RemainingLife): string {
  const [hours, word] = p90 >= 48 ? [24, 'd'] : p90 >= 2 ? [1, 'h'] : [1 / 60, 'min'];
  const said = (value: number) => sayNumber(Number((value / hours).toPrecision(2)));
  const range = said(p10) === said(p90) ? said(p50) : `${said(p10)}–${said(p90)}`;
  return `${range} ${word} (most likely ${said(p50)} ${word})`;
}
