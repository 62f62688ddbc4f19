import { basename, extname } from 'node:path';
import { bearingOf } from '../../rules/bearing/catalogue.ts';
import { diagnoseBearing, refuseToDiagnose } from '../../rules/bearing/diagnose.ts';
import { type FaultRatios, ratiosOf, refuseRatios } from '../../rules/bearing/geometry.ts';
import { diagnoseRotor } from '../../rules/rotor/diagnose.ts';
import { refuseToAnalyse } from '../../rules/signal/analysable.ts';
import { Fourier } from '../../rules/signal/fourier.ts';
import { standardise } from '../../rules/signal/units.ts';
import { bearingNames, meantBearing } from '../config/bearing-names.ts';
import { ConfigError } from '../model/errors.ts';
import { readCsvColumn } from './diagnose/csv.ts';
import { readCsvRate } from './diagnose/csv-rate.ts';
import { contentOf, readRecords } from './diagnose/records.ts';
import { readWav } from './diagnose/wav.ts';

/** What `millwright diagnose` is told. */
export interface DiagnoseFlags {
  readonly dir?: string;
  readonly rpm?: string;
  readonly bearing?: string;
  readonly ratios?: string;
  readonly geometry?: string;
  readonly unit?: string;
  readonly rate?: string;
  readonly fullScale?: string;
  readonly column?: string;
  readonly window?: string;
  readonly machine?: boolean;
  readonly teeth?: string;
  readonly vanes?: string;
  readonly mains?: string;
}

/** A waveform of a bearing of which everything is known that its diagnosis needs. */
export interface BearingRecord {
  readonly id: string;
  readonly samples: Float64Array;
  readonly rateHz: number;
  readonly unit: string;
  readonly shaftHz: number;
  readonly ratios: FaultRatios;
}

/** One line of the answer. `refused`: the window says nothing, and `explanation` why. */
export interface DiagnosedWindow {
  readonly id: string;
  readonly window: number;
  readonly label: 'normal' | 'outer' | 'inner' | 'ball' | 'refused';
  readonly explanation: string;
}

const WINDOW_S = 1;

/** `millwright diagnose`: names the damaged part of a bearing, window by window, one JSON object a line. */
export function diagnose(file: string | undefined, flags: DiagnoseFlags): void {
  if (flags.machine === true) {
    const answer = diagnoseMachine(file, flags);
    console.log(JSON.stringify(answer));
    if ('refused' in answer) refuseAll(`nothing was diagnosed: ${answer.refused}`);
    return;
  }
  const records = flags.dir === undefined ? [recordOf(file, flags)] : readRecords(flags.dir);
  const windowS = flags.window === undefined ? WINDOW_S : positive('--window', flags.window);
  const fourier = new Fourier();
  let windows = 0;
  const reasons: string[] = [];
  for (const record of records)
    for (const line of diagnoseRecord(fourier, record, windowS)) {
      console.log(JSON.stringify(line));
      windows++;
      if (line.label === 'refused') reasons.push(line.explanation);
    }
  if (windows === 0) refuseAll('nothing was diagnosed: there are no samples');
  else if (reasons.length === windows)
    refuseAll(`nothing was diagnosed, each of ${windows} windows was refused, the first for this: ${reasons[0]}`);
}

/** Says that no window was judged, and lets the command fail for it. */
function refuseAll(why: string): void {
  console.error(why);
  process.exitCode = 1;
}

/** Diagnoses each whole window of a record by itself; a record that is shorter than one is one window. */
export function* diagnoseRecord(fourier: Fourier, record: BearingRecord, windowS: number): Generator<DiagnosedWindow> {
  const { id, samples, rateHz, unit, shaftHz, ratios } = record;
  const length = Math.min(samples.length, Math.round(windowS * rateHz));
  for (let window = 0; length > 0 && (window + 1) * length <= samples.length; window++) {
    const part = samples.subarray(window * length, (window + 1) * length);
    const refusal =
      refuseToAnalyse(part, { rateHz, unit })?.reason ?? refuseToDiagnose({ ratios, shaftHz }, length, rateHz);
    if (refusal !== null) {
      yield { id, window, label: 'refused', explanation: refusal };
      continue;
    }
    const { fault, evidence } = diagnoseBearing(fourier, part, { ratios, shaftHz, rateHz });
    yield { id, window, label: fault === 'none' ? 'normal' : fault, explanation: evidence.join('; ') };
  }
}

/** Ranks what is wrong with the whole machine, of which the bearing may be unknown. */
function diagnoseMachine(
  file: string | undefined,
  flags: DiagnoseFlags,
): { readonly id: string } & ({ readonly refused: string } | { readonly findings: readonly object[] }) {
  const { id, samples, rateHz, unit, shaftHz } = waveformOf(file, flags);
  const refusal = refuseToAnalyse(samples, { rateHz, unit });
  const standard = standardise(samples, unit);
  if (refusal !== null || standard === null)
    return { id, refused: refusal?.reason ?? `${unit} is no unit that is known here` };
  if (standard.quantity !== 'acceleration')
    return { id, refused: `a machine is judged from acceleration, not ${unit}` };
  const knows = [flags.bearing, flags.ratios, flags.geometry].some((option) => option !== undefined);
  const findings = diagnoseRotor(new Fourier(), standard.samples, {
    rateHz,
    shaftHz,
    ...(flags.teeth !== undefined && { teeth: positive('--teeth', flags.teeth) }),
    ...(flags.vanes !== undefined && { vanes: positive('--vanes', flags.vanes) }),
    ...(flags.mains !== undefined && { mainsHz: positive('--mains', flags.mains) }),
    ...(knows && { bearing: ratiosFrom(flags) }),
  });
  return { id, findings };
}

function recordOf(file: string | undefined, flags: DiagnoseFlags): BearingRecord {
  return { ...waveformOf(file, flags), ratios: ratiosFrom(flags) };
}

function waveformOf(file: string | undefined, flags: DiagnoseFlags): Omit<BearingRecord, 'ratios'> {
  if (file === undefined) throw new ConfigError('option_invalid', 'name a WAV or CSV file, or a folder with --dir');
  if (flags.unit === undefined)
    throw new ConfigError('option_invalid', '--unit is missing: m/s2, g, mm/s or [in_i]/s; it is never guessed');
  if (flags.rpm === undefined) throw new ConfigError('option_invalid', '--rpm is missing: the speed of the shaft');
  const { samples, rateHz } = read(file, flags);
  return {
    id: basename(file, extname(file)),
    samples,
    rateHz,
    unit: flags.unit,
    shaftHz: positive('--rpm', flags.rpm) / 60,
  };
}

function read(file: string, flags: DiagnoseFlags): { readonly samples: Float64Array; readonly rateHz: number } {
  if (extname(file).toLowerCase() === '.wav') {
    if (flags.fullScale === undefined)
      throw new ConfigError(
        'option_invalid',
        '--full-scale is missing: what the largest number of the WAV file is, in --unit',
      );
    return readWav(contentOf(file), { file, fullScale: positive('--full-scale', flags.fullScale) });
  }
  const text = contentOf(file).toString('utf8');
  const rateHz = flags.rate === undefined ? rateOf(text, file) : positive('--rate', flags.rate);
  return { samples: readCsvColumn(text, { file, column: flags.column }), rateHz };
}

/** The rate that the times of a CSV file say, told aloud: everything hangs on it. */
function rateOf(text: string, file: string): number {
  const found = readCsvRate(text, file);
  if (found === null)
    throw new ConfigError(
      'option_invalid',
      '--rate is missing: samples a second of the CSV file, which has no column time, t or seconds to read them from',
    );
  console.error(`${file}: ${found.rateHz} samples a second, by its column ${found.column}`);
  return found.rateHz;
}

function ratiosFrom({ bearing, ratios, geometry }: DiagnoseFlags): FaultRatios {
  if (ratios !== undefined) {
    const [bpfo = Number.NaN, bpfi = Number.NaN, bsf = Number.NaN, ftf = Number.NaN] = ratios.split(',').map(Number);
    const refusal = refuseRatios({ bpfo, bpfi, bsf, ftf });
    if (refusal !== null) throw new ConfigError('option_invalid', `--ratios ${ratios}: ${refusal}`);
    return { bpfo, bpfi, bsf, ftf };
  }
  if (geometry !== undefined) {
    const [elements, elementDiameter, pitchDiameter, contactDegrees = 0] = geometry.split(',').map(Number);
    const found = ratiosOf({
      elements: elements ?? Number.NaN,
      elementDiameter: elementDiameter ?? Number.NaN,
      pitchDiameter: pitchDiameter ?? Number.NaN,
      contactDegrees,
    });
    const refusal = refuseRatios(found);
    if (refusal !== null) throw new ConfigError('option_invalid', `--geometry ${geometry}: ${refusal}`);
    return found;
  }
  if (bearing === undefined)
    throw new ConfigError('option_invalid', 'which bearing? --bearing 6205-2RS, --geometry or --ratios');
  const known = bearingOf(bearing);
  if (known === undefined) {
    const meant = meantBearing(bearing);
    const hint = meant === null ? `it has ${bearingNames.join(', ')}; ` : `did you mean ${meant}? Else `;
    throw new ConfigError(
      'option_invalid',
      `--bearing ${bearing} is not in the catalogue: ${hint}give its --geometry or --ratios`,
    );
  }
  return ratiosOf(known);
}

function positive(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= 0)
    throw new ConfigError('option_invalid', `${option} ${text}: it must be a number above 0`);
  return number;
}
