import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PUMP_DE } from '../../rules/features/testbench.ts';
import { waveformFeatures } from '../../rules/features/waveform-features.ts';
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

const SPEED_RUNS = 300;
/** The best of these: others may disturb the cache meanwhile. */
const SPEED_TRIES = 10;

function measureSpeed(): void {
  const fourier = new Fourier();
  const samples = Float32Array.from({ length: 4_096 }, (_, i) => Math.sin(i * i * 0.37) + Math.cos(i * 0.1));
  const waveform = { rateHz: 25_600, unit: 'm/s2', samples };
  const known = { ...PUMP_DE, bearing: null };
  const unknown = { ...known, speed: null, teeth: null, lineHz: null };
  console.log('\nwaveforms of 4,096 samples per second of CPU time');
  const say = (what: string, run: () => unknown) => console.log(`${what}: ${rateOf(run)}`);
  say('features and envelope', () => {
    const standard = standardise(samples, 'g')!;
    return envelopeSpectrum(fourier, analyse(fourier, standard, waveform).envelope);
  });
  say('features of the line without a speed', () =>
    waveformFeatures(fourier, waveform, { point: unknown, shaftHz: null }),
  );
  say('features of the line with speed, teeth and mains', () =>
    waveformFeatures(fourier, waveform, { point: known, shaftHz: 24.5 }),
  );
}

function rateOf(run: () => unknown): number {
  for (let i = 0; i < SPEED_RUNS; i++) run(); // compiled by then
  const seconds = Array.from({ length: SPEED_TRIES }, () => {
    const from = process.cpuUsage(); // not the wall's time: others may use the core meanwhile
    for (let i = 0; i < SPEED_RUNS; i++) run();
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1e6;
  });
  return Math.round(SPEED_RUNS / Math.min(...seconds));
}

main();
