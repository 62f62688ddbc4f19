import { type Flags, readSettings } from '../config/settings.ts';
import { boundRange } from '../engine/backtest/bound-range.ts';
import { backtest } from '../engine/backtest/host.ts';
import type { BacktestReport, BacktestRequest } from '../engine/backtest/messages.ts';
import { systemClock } from '../model/clock.ts';
import { ConfigError } from '../model/errors.ts';
import type { Plant } from '../model/plant.ts';
import { createBar } from './backtest/bar.ts';
import { readLabels } from './backtest/labels.ts';
import { type RangeFlags, readLength, readRange } from './backtest/range.ts';
import { sayReport } from './backtest/say-report.ts';
import { requirePlantUnarmed } from './plant-from-file.ts';
import { explainUnknownRule } from './unknown-rule.ts';
import { untilStopped } from './until-stopped.ts';
import { withDatabase } from './with-database.ts';

/** Flags of every command that runs rules over history. */
export type HistoryFlags = RangeFlags &
  Pick<Flags, 'data' | 'databaseUrl'> & {
    readonly labels?: string;
    readonly lookBack: string;
    readonly warmUp: string;
    readonly json?: true;
  };

/** Flags of `millwright backtest`. */
export type BacktestFlags = HistoryFlags & {
  readonly plant: string;
  readonly against?: string;
  readonly rule: readonly string[];
};

/** Rules that a refusal lists. */
const MOST_LISTED = 5;

/** `millwright backtest`: what the rules of a plant file would have done. Exit code 130 when it was stopped. */
export async function runBacktestCommand(flags: BacktestFlags): Promise<void> {
  const plant = requirePlantUnarmed(flags.plant);
  const present = flags.against === undefined ? null : requirePlantUnarmed(flags.against);
  requireRules(flags.rule, [plant, ...(present ? [present] : [])]);
  const report = await overHistory({ plant, present, rules: flags.rule }, flags);
  if (report === null) return;
  const on = { plantFile: flags.plant, timezone: plant.timezone };
  console.log(flags.json ? JSON.stringify(report, null, 2) : sayReport(report, on));
}

/** Runs rules over the history of the service; `null` when it was stopped. Shows a bar on standard error meanwhile. */
export async function overHistory(
  tried: Pick<BacktestRequest<Plant>, 'plant' | 'present' | 'rules'>,
  flags: HistoryFlags,
): Promise<BacktestReport | null> {
  const now = systemClock.now();
  const wanted = { ...readRange(flags, now), warmUpMs: readLength(flags.warmUp, '--warm-up') };
  const range = boundRange(wanted, { now, keepMs: tried.plant.retention.readingsMs });
  const request: BacktestRequest = {
    ...tried,
    ...range,
    labels: flags.labels === undefined ? [] : await readLabels(flags.labels, tried.plant),
    workOrderMs: readLength(flags.lookBack, '--look-back'),
  };
  const settings = readSettings({ env: process.env, flags });
  const { signal } = untilStopped();
  const bar = createBar(process.stderr, { ...range, timezone: tried.plant.timezone });
  const report = await withDatabase(settings, signal, (databaseUrl) =>
    backtest(request, { databaseUrl, signal, onProgress: bar.show }),
  ).finally(() => bar.end());
  if (report === null) process.exitCode = 130;
  return report;
}

/** Throws `option_invalid` when no plant has a rule of one of these ids. */
export function requireRules(asked: readonly string[], plants: readonly Pick<Plant, 'rules' | 'assets'>[]): void {
  for (const id of asked) {
    const unknown = explainUnknownRule(id, plants);
    if (unknown === null) continue;
    const { reason, suggestion } = unknown;
    const help = reason ?? (suggestion === null ? sayRules(plants) : `did you mean ${suggestion}?`);
    throw new ConfigError('option_invalid', `--rule: unknown rule "${id}": ${help}`);
  }
}

function sayRules(plants: readonly Pick<Plant, 'rules'>[]): string {
  const ids = [...new Set(plants.flatMap(({ rules }) => rules.map((rule) => rule.id)))];
  if (ids.length === 0) return 'the plant file has no rules';
  return `there are ${ids.slice(0, MOST_LISTED).join(', ')}${ids.length > MOST_LISTED ? ', …' : ''}`;
}
