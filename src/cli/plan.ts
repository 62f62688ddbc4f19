import { sayReport } from './backtest/say-report.ts';
import { type HistoryFlags, overHistory } from './backtest.ts';
import { comparePlants, sayPlantChanges } from './plan/compare-plants.ts';
import { requirePlantUnarmed } from './plant-from-file.ts';

/** Flags of `millwright plan`. */
export type PlanFlags = HistoryFlags & { readonly against: string };

/** `millwright plan`: what a new plant file changes, and which alerts of the last days would have been others. */
export async function plan(file: string, flags: PlanFlags): Promise<void> {
  const next = requirePlantUnarmed(file);
  const present = requirePlantUnarmed(flags.against);
  const changes = comparePlants(present, next);
  if (!flags.json) console.log(`${sayPlantChanges(changes)}\n`);
  const report = await overHistory({ plant: next, present, rules: [] }, flags);
  if (report === null) return;
  const on = { plantFile: file, timezone: next.timezone };
  console.log(flags.json ? JSON.stringify({ changes, report }, null, 2) : sayReport(report, on));
}
