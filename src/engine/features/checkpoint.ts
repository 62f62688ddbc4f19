import { open, readFile, rename } from 'node:fs/promises';
import type { SavedSpeeds } from './speeds.ts';

/** How far the features are, and what goes on from there needs. */
export interface FeatureCheckpoint {
  readonly logId: string;
  readonly position: number;
  readonly speeds: SavedSpeeds;
}

/** The checkpoint of this log; `null` when there is none that can be read. */
export async function readFeatureCheckpoint(file: string, logId: string): Promise<FeatureCheckpoint | null> {
  try {
    // Written below, whole or not at all.
    const saved = JSON.parse(await readFile(file, 'utf8')) as FeatureCheckpoint;
    return saved.logId === logId && Number.isInteger(saved.position) && Array.isArray(saved.speeds) ? saved : null;
  } catch {
    return null; // no points until now, or not ours: it is written whole or not at all
  }
}

/** Replaces the checkpoint; a power cut leaves the old one or the new one. */
export async function writeFeatureCheckpoint(file: string, checkpoint: FeatureCheckpoint): Promise<void> {
  const next = `${file}.next`;
  const handle = await open(next, 'w');
  try {
    await handle.writeFile(JSON.stringify(checkpoint));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(next, file);
}
