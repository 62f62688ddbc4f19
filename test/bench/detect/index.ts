import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { setup as build } from '../../kit/build.ts';
import { disturbSet } from './disturb.ts';
import { figuresOf, formatFigures, type LifeReport, lifeFigures, type Report, type SetReport } from './figures.ts';
import { judgeMachine } from './machine.ts';

/** The sets of series whose rows are judged one by one. */
const SERIES_SETS: ReadonlySet<string> = new Set(['ims', 'femto', 'skab', 'tep', 'ett', 'nab']);
const USAGE = `npm run bench:detect -- --data DIR [options]
  --data DIR      folder with data/ (labelled series) and score/ (the scorer that judges); nothing is copied out of it
  --only a,b      only these sets; "shaft" are the bearings of "ims" as one machine, under one rule
  --causal N      for the first N series of a set the rows are also given cut short: the answers must be the same (3)
  --cut N         leaves the first N rows of every series away (and as many of those to learn from)
  --noise P       adds noise to every channel, P percent of its standard deviation; --seed says which
  --series        every series with its misses and false alarms, not only those that have some`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    only: { type: 'string' },
    causal: { type: 'string', default: '3' },
    cut: { type: 'string', default: '0' },
    noise: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    series: { type: 'boolean', default: false },
  },
});
const folder = resolve(values.data ?? '');
if (values.data === undefined || !existsSync(join(folder, 'score', 'score.mjs')) || !existsSync(join(folder, 'data'))) {
  const what = values.data === undefined ? 'The bench needs labelled data' : `There is no score/score.mjs in ${folder}`;
  console.error(`${what}: give the folder that holds data/ and score/.\n${USAGE}`);
  process.exit(2);
}

build();
const millwright = join(import.meta.dirname, '..', '..', '..', 'bin', 'millwright.js');
const work = mkdtempSync(join(tmpdir(), 'millwright-detect-'));
try {
  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}`);
  const report = judge();
  const life = judgeLife();
  console.log(
    formatFigures(
      [...figuresOf(report), ...lifeFigures(life)],
      report,
      values.series ? 'every series' : 'what went wrong',
    ),
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Runs `millwright detect` over every series, and has the scorer judge what it said. */
function judge(): Report {
  const out = join(work, 'report.json');
  const only = values.only === undefined ? [] : ['--datasets', values.only];
  const data = disturbed();
  const shaft = isWanted('shaft') && existsSync(join(data, 'ims')) ? { shaft: judgeShaft(data) } : {};
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      join(folder, 'score', 'score.mjs'),
      ...['--data', data, ...only, '--causal', values.causal, '--verbose', '--json', out],
      ...['--cmd', `'${process.execPath}' '${millwright}' detect --input '{file}' --train {train}`],
    ],
    { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] },
  );
  if (status !== 0) throw new Error(`the scorer ended with ${status}:\n${stderr}`);
  const report = JSON.parse(readFileSync(out, 'utf8')) as Report; // its own file, written a moment ago
  const { ims, ...others } = report;
  return { ...(ims && { ims }), ...shaft, ...others };
}

function isWanted(set: string): boolean {
  return values.only === undefined || values.only.split(',').includes(set);
}

function judgeShaft(data: string): SetReport {
  const scorer = join(folder, 'score', 'score.mjs');
  return judgeMachine({ data, set: 'ims', scorer, millwright, work });
}

/** The folder of the series as they were asked for. */
function disturbed(): string {
  const data = join(folder, 'data');
  const disturbance = { cut: Number(values.cut), noisePercent: Number(values.noise), seed: Number(values.seed) };
  if (disturbance.cut === 0 && disturbance.noisePercent === 0) return data;
  for (const set of readdirSync(data)) {
    if (SERIES_SETS.has(set)) disturbSet(join(data, set), join(work, 'data', set), disturbance);
  }
  return join(work, 'data');
}

/** Has `millwright forecast` learn from the first half of the fleet, and what it says of the other half judged. */
function judgeLife(): LifeReport | null {
  const series = join(folder, 'data', 'cmapss', 'series', 'train_FD001.csv.gz');
  if (!existsSync(series) || !isWanted('cmapss')) return null;
  const told = join(work, 'life.jsonl');
  const forecast = spawnSync(
    process.execPath,
    [millwright, 'forecast', '--input', series, '--learn', '50', '--unit', 'unit', '--time', 't'],
    { stdio: ['ignore', openSync(told, 'w'), 'inherit'] },
  );
  if (forecast.status !== 0) throw new Error(`millwright forecast ended with ${forecast.status}`);
  const { stdout } = spawnSync(
    process.execPath,
    [join(folder, 'score', 'rul.mjs'), '--data', join(folder, 'data'), '--pred', told],
    { encoding: 'utf8' },
  );
  return JSON.parse(stdout) as LifeReport; // what rul.mjs prints
}
