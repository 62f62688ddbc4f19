import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { analyse } from '../../rules/signal/analyse.ts';
import { envelopeSpectrum } from '../../rules/signal/envelope.ts';
import { Fourier } from '../../rules/signal/fourier.ts';
import { standardise } from '../../rules/signal/units.ts';
import { readRecords } from '../../src/cli/diagnose/records.ts';
import { diagnoseRecord } from '../../src/cli/diagnose.ts';
import { studyRotors } from './diagnose-rotors.ts';

const LABELS = ['normal', 'inner', 'outer', 'ball'] as const;
type Label = (typeof LABELS)[number];
type Matrix = Record<Label, Record<Label, number>>;

/** `npm run bench:diagnose -- --data DIR`: what bearing diagnosis names right, and how many waveforms a second are analysed. */
function main(): void {
  const { data } = parseArgs({ options: { data: { type: 'string' } } }).values;
  if (data === undefined) throw new Error('--data DIR: the folder that holds bearing/');
  measureSpeed();
  diagnoseBearings(join(data, 'bearing'));
  studyRotors();
}

function diagnoseBearings(folder: string): void {
  const labelled = JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8')) as {
    records: { id: string; label: Label }[];
  };
  const truth = new Map(labelled.records.map(({ id, label }) => [id, label]));
  const fourier = new Fourier();
  const windows = emptyMatrix();
  const records = emptyMatrix();
  for (const record of readRecords(folder)) {
    const actual = truth.get(record.id)!;
    const votes = new Map<Label, number>();
    for (const { label, window } of diagnoseRecord(fourier, record, 1)) {
      if (label === 'refused') throw new Error(`${record.id} window ${window} was refused`);
      windows[actual][label] += 1;
      votes.set(label, (votes.get(label) ?? 0) + 1);
    }
    const [[named]] = [...votes].sort((a, b) => b[1] - a[1]) as [[Label, number]];
    records[actual][named] += 1;
  }
  say('windows of 1 s', windows);
  say('records, by majority of their windows', records);
}

function emptyMatrix(): Matrix {
  const row = () => ({ normal: 0, inner: 0, outer: 0, ball: 0 });
  return { normal: row(), inner: row(), outer: row(), ball: row() };
}

function say(title: string, matrix: Matrix): void {
  const all = LABELS.flatMap((actual) => LABELS.map((named) => matrix[actual][named]));
  const right = LABELS.reduce((sum, label) => sum + matrix[label][label], 0);
  const count = all.reduce((a, b) => a + b, 0);
  console.log(`\n${title}: ${((100 * right) / count).toFixed(1)} % of ${count}`);
  console.log(`\n| is \\ named | ${LABELS.join(' | ')} | right |\n|---|${LABELS.map(() => '---:').join('|')}|---:|`);
  for (const actual of LABELS) {
    const row = LABELS.map((named) => matrix[actual][named]);
    const share = (100 * matrix[actual][actual]) / row.reduce((a, b) => a + b, 0);
    console.log(`| ${actual} | ${row.join(' | ')} | ${share.toFixed(1)} % |`);
  }
}

const SPEED_RUNS = 3_000;

function measureSpeed(): void {
  const fourier = new Fourier();
  const samples = Float32Array.from({ length: 4_096 }, (_, i) => Math.sin(i * i * 0.37) + Math.cos(i * 0.1));
  const run = () => {
    const standard = standardise(samples, 'g')!;
    return envelopeSpectrum(fourier, analyse(fourier, standard, { rateHz: 25_600 }).envelope);
  };
  for (let i = 0; i < 300; i++) run(); // compiled by then
  const from = process.cpuUsage(); // not the wall's time: others may use the core meanwhile
  for (let i = 0; i < SPEED_RUNS; i++) run();
  const { user, system } = process.cpuUsage(from);
  const seconds = (user + system) / 1e6;
  console.log(
    `\nfeatures and envelope of 4,096 samples: ${Math.round(SPEED_RUNS / seconds)} waveforms per second of CPU time`,
  );
}

main();
