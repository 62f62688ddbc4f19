import { HISTORICAL, qualityBits } from '../../model/batch.ts';
import type { LoggedText, PlacedRecord, TextsRecord } from '../../model/log-record.ts';
import { qualityNumber, qualityOf } from '../../model/reading.ts';
import type { TextRow } from '../../store/texts.ts';
import type { TextReading } from './judge-texts.ts';

/** A text of the log with the name of its tag. */
export interface GatheredText {
  readonly tag: string;
  readonly text: LoggedText;
}

/** A text reading as the log keeps it. */
export function toLogged(reading: TextReading, logIds: { tagId(name: string): number }): LoggedText {
  const { tag, at, text, quality, code, historical } = reading;
  return {
    tag: logIds.tagId(tag),
    at,
    text,
    quality: qualityNumber(quality) | (historical ? HISTORICAL : 0),
    ...(code ? { code } : {}),
  };
}

/** A text of the log as a reading again. */
export function toReading({ at, text, quality, code }: LoggedText, tag: string): TextReading {
  return {
    tag,
    at,
    value: null,
    text,
    quality: qualityOf(qualityBits(quality)),
    ...(code === undefined ? {} : { code }),
  };
}

/** Collects the texts of `records`, in the order of the log. */
export function gatherTexts(records: readonly PlacedRecord[], names: ReadonlyMap<number, string>): GatheredText[] {
  return records.flatMap(({ record }) => {
    if (record.kind !== 'texts') return [];
    // As for numbers: a name can be missing only when damage took the dictionary with it.
    return record.texts.map((text) => ({ tag: names.get(text.tag) ?? `lost-names.log-${text.tag}`, text }));
  });
}

/** Texts ready for the database; `tagIds` are those of their tags, in their order. */
export function textRows(gathered: readonly GatheredText[], tagIds: readonly number[]): TextRow[] {
  return gathered.map(({ text: { at, text, quality, code = null } }, i) => ({
    tagId: tagIds[i]!,
    at,
    text,
    quality: qualityBits(quality),
    code,
  }));
}

const BYTES_OF_A_READING = 21;
/** A row of its own, its index and the newest of its tag take the database as long as about so many readings of a COPY. */
const ROW_IN_READINGS = 5;

/** How many readings texts count for in a transaction, so that a stretch of them has a bound, too. */
export function textsInReadings({ texts }: TextsRecord): number {
  return texts.reduce((sum, { text }) => sum + ROW_IN_READINGS + Math.ceil(text.length / BYTES_OF_A_READING), 0);
}
