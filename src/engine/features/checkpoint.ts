import { readFile, rename, writeFile } from 'node:fs/promises';
import type { SavedSpeeds } from './speeds.ts';

/** How far the features are, and what goes on from there needs. */
export interface FeatureCheckpoint {
  readonly logId: string;
  readonly position: number;
  readonly speeds: SavedSpeeds;
}

/** The checkpoint of this log; `null` when there is none that can be read: then all that the log still holds is looked at again. */
export async function readFeatureCheckpoint(file: string, logId: string): Promise<FeatureCheckpoint | null> {
  try {
    // Written below, whole or not at all.
    const saved = JSON.parse(await readFile(file, 'utf8')) as FeatureCheckpoint;
    return saved.logId === logId && Number.isInteger(saved.position) && Array.isArray(saved.speeds) ? saved : null;
  } catch {
    return null; // a new folder, or cut short by a power cut: what is made again is the same and stored once
  }
}

/** Replaces the checkpoint. */
export async function writeFeatureCheckpoint(file: string, checkpoint: FeatureCheckpoint): Promise<void> {
  const next = `${file}.next`;
  await writeFile(next, JSON.stringify(checkpoint));
  await rename(next, file);
}
