import { randomBytes } from 'node:crypto';
import type { LogFile, LogFiles } from './files.ts';
import { encodeHeader, readHeader, SEGMENT_HEADER_BYTES, scanSegment, segmentBase, segmentName } from './segment.ts';

/** What opening found broken; nothing of it was acked twice or lost without a word. */
export interface Recovery {
  readonly tornBytes: number;
  readonly damagedBytes: number;
}

/** A log as it was found, ready to be written on. */
export interface OpenedLog {
  /** The last segment was made, but does not hold the dictionary that every segment begins with. */
  readonly dictionaryIsElsewhere: boolean;
  readonly id: string;
  readonly bases: number[];
  readonly file: LogFile;
  readonly end: number;
  readonly dictionary: Iterable<readonly [number, string]>;
  readonly recovery: Recovery;
}

/** Opens what is in `files`, cutting a torn tail off; `null` when there is no log. */
export async function openLast(files: LogFiles): Promise<OpenedLog | null> {
  const names = (await files.list()).filter((name) => segmentBase(name) !== null);
  while (names.length > 0) {
    const name = names.at(-1)!;
    const file = await files.open(name);
    const header = await readHeader(file, name);
    if (header) {
      const { end, dictionary, damagedBytes, tornBytes } = await scanSegment(file, header.base);
      if (tornBytes > 0) await file.truncate(SEGMENT_HEADER_BYTES + end - header.base);
      await file.sync(); // a killed service leaves frames it never synced: readers are told that they are durable
      const bases = names.map((each) => segmentBase(each)!);
      const dictionaryIsElsewhere = dictionary.length === 0 && bases.length > 1;
      return {
        id: header.logId,
        bases,
        file,
        end,
        dictionary: dictionaryIsElsewhere ? await lastDictionary(files, names) : dictionary,
        dictionaryIsElsewhere,
        recovery: { tornBytes, damagedBytes },
      };
    }
    await file.close(); // killed while this segment was being made: nothing can be in it
    await files.remove(name);
    names.pop();
  }
  return null;
}

/** The dictionary as the segment before the last one knew it: the last was made, but never written to. */
async function lastDictionary(files: LogFiles, names: readonly string[]): Promise<Iterable<readonly [number, string]>> {
  const name = names.at(-2)!;
  const file = await files.open(name);
  try {
    return (await scanSegment(file, segmentBase(name)!)).dictionary;
  } finally {
    await file.close();
  }
}

/** Makes a new, empty log. */
export async function createFirst(files: LogFiles): Promise<OpenedLog> {
  const id = randomBytes(16).toString('hex');
  const file = await createSegment(files, { logId: id, base: 0 });
  return {
    id,
    bases: [0],
    file,
    end: 0,
    dictionary: [],
    dictionaryIsElsewhere: false,
    recovery: { tornBytes: 0, damagedBytes: 0 },
  };
}

/** Makes a segment file with its header; leaves nothing behind when it can't. */
export async function createSegment(files: LogFiles, header: { logId: string; base: number }): Promise<LogFile> {
  const name = segmentName(header.base);
  const file = await files.create(name);
  try {
    await file.write([encodeHeader(header)], 0);
    await file.sync();
    return file;
  } catch (error) {
    await file.close();
    await files.remove(name);
    throw error;
  }
}
