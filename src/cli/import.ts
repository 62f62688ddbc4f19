import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { systemClock } from '../model/clock.ts';
import { ConfigError } from '../model/errors.ts';
import { type DecimalSign, hasDecimalComma } from './import/cell-number.ts';
import { createCellTime, readTimezone, type TimeUnit } from './import/cell-time.ts';
import { type ColumnOptions, readColumns } from './import/columns.ts';
import { readCsvRows, type Separator } from './import/csv-rows.ts';
import { ImportReport } from './import/import-report.ts';
import { type KnownTags, tagsOfPlant, tagsOfService } from './import/known-tags.ts';
import { findLearningRules, sayLearning } from './import/learning-rules.ts';
import { Progress } from './import/progress.ts';
import { createRowReader, type RowContent, type RowReading } from './import/row-readings.ts';
import { CHUNK_READINGS, uploadChunk } from './import/uploader.ts';
import { untilStopped } from './until-stopped.ts';

/** Flags of `millwright import`. */
export interface ImportFlags {
  readonly plant?: string;
  readonly url: string;
  readonly key?: string;
  readonly dryRun?: true;
  readonly map: readonly string[];
  readonly asset?: string;
  readonly timeColumn?: string;
  readonly timeUnit: TimeUnit;
  readonly timezone?: string;
  readonly separator?: Separator;
  readonly decimal?: DecimalSign;
  readonly adopt?: true;
}

/**
 * `millwright import`: sends the history in a CSV file to a running service, chunk by chunk, with flat memory. A row that is wrong is
 * told by its line, and the rest goes on. Run again after it was broken off, it stores nothing twice. Exit code 1 when anything of
 * the file was left out.
 */
export async function importFile(file: string, flags: ImportFlags): Promise<void> {
  const { signal } = untilStopped();
  const key = flags.key ?? process.env['MILLWRIGHT_KEY'] ?? process.env['MILLWRIGHT_ADMIN_KEY'] ?? '';
  const isDry = flags.dryRun === true;
  if (key === '' && !(isDry && flags.plant !== undefined))
    throw new ConfigError(
      'option_invalid',
      `say with --key (or MILLWRIGHT_KEY) which API key to use${isDry ? ', or give --plant' : ''}`,
    );
  const naming = { map: readMap(flags.map), asset: flags.asset ?? null, timeColumn: flags.timeColumn ?? null };
  const time = createCellTime({ unit: flags.timeUnit, timezone: readTimezone(flags.timezone) });
  const known = flags.plant === undefined ? await tagsOfService(flags.url, key, signal) : tagsOfPlant(flags.plant);
  const report = new ImportReport();
  const progress = new Progress(process.stderr, systemClock);
  const hasCommas = flags.decimal === undefined && (await findCommas(file, flags.separator ?? null));
  const source = await openFile(file);
  const send = isDry ? null : createSender({ url: flags.url, key, signal, report, progress });
  try {
    for await (const { line, readings, problems } of readFile(source.bytes, {
      naming,
      time,
      known,
      hasCommas,
      flags,
      report,
      progress,
    })) {
      for (const problem of problems) report.problem(line, problem);
      for (const reading of readings) {
        if (!known.has(reading.tag) && !(flags.adopt ?? false)) report.unknown(reading.tag, reading.at);
        else {
          report.reading(reading.tag, reading.at);
          send?.add(reading, line);
        }
      }
      if (send?.isFull()) await send.flush();
      progress.show({ doneBytes: source.doneBytes(), totalBytes: source.totalBytes, readings: report.readings });
      signal.throwIfAborted();
    }
    await send?.end();
  } catch (error) {
    if (!signal.aborted) throw explain(error, file);
    console.error('stopped; run the same command again to go on');
    process.exitCode = 130;
  } finally {
    progress.end();
    if (report.rows > 0)
      for (const text of report.lines(isDry ? 'dry run' : 'import', new Set(known.keys()))) console.log(text);
  }
  if (report.accepted > 0 && !signal.aborted) {
    const tags = report.tags();
    const learning = await findLearningRules({ url: flags.url, key, tags, now: systemClock.now(), signal });
    const advice = sayLearning(learning);
    if (advice !== null) console.log(advice);
  }
  const incomplete = report.incomplete(isDry ? 'dry run' : 'import');
  if (incomplete === null) return;
  if (process.exitCode === undefined) console.error(incomplete);
  process.exitCode ??= 1;
}

/** What zlib throws for a damaged file is no mistake of ours. */
function explain(error: unknown, file: string): unknown {
  const isPacking = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
  return isPacking
    ? new ConfigError('option_invalid', `cannot unpack ${file}: ${error.message}`, { cause: error })
    : error;
}

/** The rows of the file as readings, after its first line said what they are. */
async function* readFile(
  bytes: AsyncIterable<Buffer>,
  context: {
    readonly naming: ColumnOptions;
    readonly time: ReturnType<typeof createCellTime>;
    readonly known: KnownTags;
    readonly hasCommas: boolean;
    readonly flags: ImportFlags;
    readonly report: ImportReport;
    readonly progress: Progress;
  },
): AsyncGenerator<RowContent & { readonly line: number }> {
  const { naming, time, known, hasCommas, flags, report, progress } = context;
  let read: ReturnType<typeof createRowReader> | null = null;
  for await (const { rows, separator } of readCsvRows(bytes, flags.separator ?? null)) {
    for (const row of rows) {
      if (read === null) {
        const columns = readColumns(row.cells ?? [], naming);
        read = createRowReader(columns, {
          time,
          numbers: { separator, decimal: flags.decimal, hasCommas },
          naming,
          known,
        });
        if (columns.layout === 'wide' && columns.left.length > 0)
          progress.say(`columns that name no tag are left out: ${columns.left.join(', ').slice(0, 500)}`);
        continue;
      }
      report.rows++;
      yield { line: row.line, ...read(row) };
    }
  }
  if (read === null) throw new ConfigError('option_invalid', 'the file is empty: its first line names the columns');
}

/** Whether the file has decimal commas anywhere: looked for before the first reading goes out, as 1.473 may be 1473 then. */
async function findCommas(file: string, wanted: Separator | null): Promise<boolean> {
  const { bytes } = await openFile(file);
  try {
    for await (const { rows, separator } of readCsvRows(bytes, wanted)) {
      if (separator === ',') return false;
      if (hasDecimalComma(rows, separator)) return true;
    }
  } catch (error) {
    throw explain(error, file);
  }
  return false;
}

/** Collects readings into chunks and sends them; the next chunk is read while one is on its way. */
function createSender(context: {
  readonly url: string;
  readonly key: string;
  readonly signal: AbortSignal;
  readonly report: ImportReport;
  readonly progress: Progress;
}) {
  const { url, key, signal, report, progress } = context;
  let readings: RowReading[] = [];
  let lines: number[] = [];
  let underWay: Promise<void> = Promise.resolve();
  let said = '';
  const onTrouble = (trouble: string) => {
    if (trouble !== said) progress.say(trouble);
    said = trouble;
  };
  const upload = async (chunk: readonly RowReading[], chunkLines: readonly number[]): Promise<void> => {
    const before = report.accepted;
    // What was taken of a chunk is stored, also when the rest of it never is: the last try to send it says how much.
    const onPart = (stored: number) => {
      report.accepted = before + stored;
    };
    const outcome = await uploadChunk(chunk, { url, key, clock: systemClock, signal, onTrouble, onPart });
    said = '';
    report.accepted = before + outcome.accepted;
    const listed = outcome.refused.map(({ index, reason }) => ({
      line: chunkLines[index] ?? 0,
      reason: `${chunk[index]?.tag}: ${reason}`,
    }));
    report.refusals(outcome.refusedCount, listed);
  };
  const send = async (): Promise<void> => {
    await underWay;
    if (readings.length === 0) return;
    underWay = upload(readings, lines);
    underWay.catch(() => undefined); // told by whoever waits for it next
    readings = [];
    lines = [];
  };
  return {
    add(reading: RowReading, line: number): void {
      readings.push(reading);
      lines.push(line);
    },
    isFull: () => readings.length >= CHUNK_READINGS,
    /** Sends what there is; resolves when what was under way before is durable. */
    flush: send,
    /** Sends the rest and waits for all of it. */
    async end(): Promise<void> {
      await send();
      await underWay;
    },
  };
}

async function openFile(file: string) {
  const found = await stat(file).catch((cause: unknown) => {
    throw new ConfigError('option_invalid', `cannot read ${file}: there is no such file`, { cause });
  });
  if (found.isDirectory()) throw new ConfigError('option_invalid', `cannot read ${file}: it is a folder`);
  const stream = createReadStream(file, { highWaterMark: 256 * 1024 });
  const unpacked = file.endsWith('.gz') ? stream.pipe(createGunzip()) : stream;
  if (unpacked !== stream) stream.on('error', (error) => unpacked.destroy(error));
  return {
    // A stream of bytes yields buffers; its type allows text, too.
    bytes: unpacked as AsyncIterable<Buffer>,
    totalBytes: found.size,
    doneBytes: () => stream.bytesRead,
  };
}

function readMap(given: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    given.map((each): [string, string] => {
      const equals = each.lastIndexOf('=');
      const tag = each.slice(equals + 1).trim();
      if (equals < 1 || !tag.includes('.'))
        throw new ConfigError('option_invalid', `--map ${each} is not right: write column=asset.tag`);
      return [each.slice(0, equals).trim(), tag];
    }),
  );
}
