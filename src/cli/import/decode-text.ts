import { TextDecoder } from 'node:util';
import { ConfigError } from '../../model/errors.ts';

/** How files begin that are no text, and what to do with them. */
const NO_TEXT: readonly (readonly [beginning: string, what: string])[] = [
  ['504b0304', 'this is an Excel file (.xlsx) or another archive, and no text: save it as CSV (UTF-8)'],
  ['d0cf11e0', 'this is an old Excel file (.xls), and no text: save it as CSV (UTF-8)'],
  ['1f8b', 'this file is packed with gzip: give it a name that ends in .gz'],
];
const MARK_BYTES = 4;

/**
 * Decodes the pieces of a text file as they come: UTF-8, or UTF-16 where its byte order mark says so (Excel's "Unicode text").
 * Throws `option_invalid` for a file that is no text, or in another encoding.
 */
export async function* decodeText(bytes: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null;
  let begin: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    if (decoder !== null) {
      yield decode(decoder, chunk, 'more');
      continue;
    }
    begin = begin.length === 0 ? chunk : Buffer.concat([begin, chunk]);
    if (begin.length < MARK_BYTES) continue;
    decoder = decoderOf(begin);
    yield decode(decoder, begin, 'more');
  }
  yield decoder === null ? decode(decoderOf(begin), begin, 'last') : decode(decoder, Buffer.alloc(0), 'last');
}

function decode(decoder: TextDecoder, bytes: Buffer, which: 'more' | 'last'): string {
  try {
    return decoder.decode(bytes, { stream: which === 'more' });
  } catch (cause) {
    // Only UTF-8 is read strictly: names with replacement characters would be those of tags that nobody knows.
    throw new ConfigError(
      'option_invalid',
      'this file is not UTF-8, but perhaps "ANSI" (Windows-1252): save it as CSV UTF-8',
      { cause },
    );
  }
}

function decoderOf(begin: Buffer): TextDecoder {
  const mark = begin.subarray(0, MARK_BYTES).toString('hex');
  const noText = NO_TEXT.find(([beginning]) => mark.startsWith(beginning));
  if (noText) throw new ConfigError('option_invalid', noText[1]);
  if (mark.startsWith('fffe')) return new TextDecoder('utf-16le');
  if (mark.startsWith('feff')) return new TextDecoder('utf-16be');
  if (begin.subarray(0, MARK_BYTES).includes(0))
    throw new ConfigError('option_invalid', 'this file is no text in UTF-8: save it as CSV (UTF-8)');
  return new TextDecoder('utf-8', { fatal: true });
}
