import { ConfigError } from '../../model/errors.ts';
import { csvHeader, readCsvColumn } from './csv.ts';

/** What a header calls a column of times, and how many of its units are a second. */
const UNITS: readonly { readonly pattern: RegExp; readonly perSecond: number }[] = [
  { pattern: /^(?:t|time|zeit)?[ _]*[[(]?m(?:illi)?s(?:ec|ek)?(?:ond|unde)?[sn]?[\])]?$/i, perSecond: 1_000 },
  { pattern: /^(?:t|time|zeit)?[ _]*[[(]?[uµμ]s(?:ec|ek)?[\])]?$/i, perSecond: 1_000_000 },
  { pattern: /^(?:t|time|zeit)?[ _]*[[(]?s(?:ec|ek)?(?:ond|unde)?[sn]?[\])]?$/i, perSecond: 1 },
  { pattern: /^(?:t|time|zeit)$/i, perSecond: 1 },
];
/** Later than any time from the beginning of a record: a date, whose digits may not tell one sample from the next. */
const DATE = 100_000_000;

/** A rate that was read from a column of times. */
export interface CsvRate {
  readonly rateHz: number;
  readonly column: string;
}

/**
 * The samples a second of a CSV file, from its column of times (`time`, `t`, `seconds`, `time (ms)` …; seconds unless it says otherwise).
 * `null` when there is none. Throws `option_invalid` where the times do not go on evenly: half a step more or less is rounding.
 */
export function readCsvRate(text: string, file: string): CsvRate | null {
  const header = csvHeader(text);
  const found = header.slice(0, -1).flatMap((column) => {
    const unit = UNITS.find(({ pattern }) => pattern.test(column));
    return unit === undefined ? [] : [{ column, ...unit }];
  })[0];
  if (found === undefined) return null;
  const { column, perSecond } = found;
  const times = readCsvColumn(text, { file, column });
  const [first = 0] = times;
  const step = ((times.at(-1) ?? 0) - first) / (times.length - 1);
  const refuse = (why: string) =>
    new ConfigError(
      'option_invalid',
      `${file}: the rate cannot be read from the column ${column}, ${why}: give --rate`,
    );
  if (Math.abs(first) > DATE) throw refuse('which holds dates');
  if (!(step > 0)) throw refuse('which does not rise');
  const uneven = times.findIndex((time, i) => i > 0 && Math.abs(time - times[i - 1]! - step) > step / 2);
  if (uneven > 0) throw refuse(`whose times are not even (${times[uneven - 1]}, then ${times[uneven]})`);
  return { rateHz: Number((perSecond / step).toPrecision(9)), column };
}
