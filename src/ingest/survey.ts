import type { PlacedRecord } from '../model/log-record.ts';
import type { LogFiles } from './log/files.ts';
import { LogReader } from './log/reader.ts';

/**
 * Reads the durable records between two positions once, before the service takes anything new: what an earlier run left to
 * do. Linear in the bytes between them, which is next to nothing unless the database was away; 1 MiB in memory.
 */
export async function surveyLog(
  files: LogFiles,
  { from, to }: { readonly from: number; readonly to: number },
  visit: (placed: PlacedRecord, tagNames: ReadonlyMap<number, string>) => void,
): Promise<void> {
  const reader = new LogReader(files, from);
  try {
    for (;;) {
      const records = await reader.read(to);
      if (records.length === 0) return;
      for (const placed of records) visit(placed, reader.names);
    }
  } finally {
    await reader.close();
  }
}
