import { readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../telemetry/log.ts';

/** What outlives a restart of what was learnt of a source's clock. */
export interface KeptSkew {
  /** How far ahead an earlier run found it; `null`: right, or never measured. */
  readonly skewMs: number | null;
  /** Remembers another one, or that there is none; returns at once. Tries again what could not be written before. */
  keep(skewMs: number | null): void;
}

/**
 * The skew of one source in a small file of its folder, replaced as a whole: a power cut leaves the old one or the new one. What
 * can't be read or written is learnt again after the next start.
 */
export function openKeptSkew(directory: string, logger: Logger): KeptSkew {
  const file = join(directory, 'clock.json');
  const skewMs = readSkew(file);
  let wanted = skewMs;
  let written = skewMs;
  let isWriting = false;
  const write = async () => {
    isWriting = true;
    // However often it changes meanwhile, only the newest is written.
    while (wanted !== written) {
      const next = wanted;
      try {
        await (next === null ? rm(file, { force: true }) : replaceSkew(directory, file, next));
        written = next;
      } catch (error) {
        logger.warn({ file, err: error }, 'cannot keep what was learnt of the clock of a source for the next start');
        if (wanted === next) break; // until it is to be kept again
      }
    }
    isWriting = false;
  };
  return {
    skewMs,
    keep: (next) => {
      wanted = next;
      if (!isWriting) void write();
    },
  };
}

/** Nothing is kept: for a clock that is corrected no longer than the service runs. */
export const KEEPS_NOTHING: KeptSkew = { skewMs: null, keep: () => undefined };

/** Read once, before anything comes from the source: a hundred bytes. */
function readSkew(file: string): number | null {
  try {
    const saved: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const skewMs = typeof saved === 'object' && saved !== null && 'skewMs' in saved ? saved.skewMs : null;
    return Number.isSafeInteger(skewMs) && skewMs !== 0 ? (skewMs as number) : null; // an integer is a number
  } catch {
    return null; // none until now, or not ours
  }
}

async function replaceSkew(directory: string, file: string, skewMs: number): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const next = `${file}.next`;
  const handle = await open(next, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify({ skewMs }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
}
