import { type Static, Type } from 'typebox';
import { sayCount } from '../../src/model/count-words.ts';
import type { Detector, Level, Subject, Verdict } from '../detector.ts';
import {
  captureTagOf,
  contributionsOf,
  explain,
  featureOf,
  judgeStrength,
  judgingSettings,
  likelihoods,
  type Persistence,
  strengthAgain,
  zoneOfVelocity,
} from '../features/judging.ts';
import { refuseZones } from '../iso-zone/index.ts';
import { FREQUENCY, PART, type Severity, sayDepth, severityOf } from './diagnose.ts';
import { BEARING_PARTS, type BearingPart } from './trains.ts';

const Config = Type.Object(judgingSettings, { additionalProperties: false });
type Config = Static<typeof Config>;

/** How each part is told from the others. */
const DISTINGUISH: Readonly<Record<BearingPart, string>> = {
  outer:
    'its lines have no sidebands, and are highest where the load presses, where lines with sidebands at the speed are the inner race',
  inner: 'its lines have sidebands at the speed of the shaft, and without them it is the outer race',
  ball: 'its lines have sidebands at the cage and come and go, but dirt knocks as irregularly: take a grease sample',
};

/**
 * Rolling bearing, by the features of waveforms: names the damaged part, how far it is, what speaks for it, and how to tell it from what
 * looks alike. `on` is the tag of the waveforms, whose point knows speed and bearing; with a bad speed nothing is judged.
 * Source: R. B. Randall, J. Antoni, Mech. Syst. Signal Process. 25(2), 2011; see diagnose.ts.
 */
export const bearing: Detector<typeof Config, Persistence> = {
  kind: 'bearing',
  about: 'machine',
  config: Config,
  joins: true,
  features: [
    'bearing',
    'outer',
    'inner',
    'ball',
    'bearing_hz',
    'bearing_slip',
    'bearing_depth',
    'bearing_harmonics',
    'kurtosis',
    'velocity_rms',
    'speed',
  ],
  refuse: refuseZones,
  init: () => ({ isAbnormal: false, against: 0 }),

  step(state, _at, inputs, config, subject) {
    const strength = featureOf(inputs, subject, 'bearing');
    const describe = () => damaged(strength, { inputs, config, subject });
    return judgeStrength(state, strength, { confirm: config.confirm, describe });
  },

  back: (inputs, _config, seen) => strengthAgain('bearing', 'no damage of the bearing', inputs, seen),
};

interface Judged {
  readonly inputs: Float64Array;
  readonly config: Config;
  readonly subject: Subject;
}

function damaged(strength: number, { inputs, config, subject }: Judged): Verdict {
  const read = (name: string) => featureOf(inputs, subject, name);
  const ranked = likelihoods(BEARING_PARTS.map((fault) => ({ fault, strength: read(fault) })));
  const [first] = ranked as readonly [(typeof ranked)[number], ...(typeof ranked)[number][]]; // three parts
  const part = BEARING_PARTS.find((each) => each === first.fault) ?? 'outer';
  const kurtosis = read('kurtosis');
  const foundHz = read('bearing_hz');
  const severity = foundHz > 0 ? severityOf(read('bearing_depth')) : irregularSeverity(kurtosis);
  const zone = zoneOfVelocity(read('velocity_rms'), config);
  const explanation = explain({
    headline: `${captureTagOf(subject)}: ${PART[part]} of the bearing is damaged, ${severity}, likelihood ${(100 * first.share).toFixed(0)} %`,
    evidence: [
      foundHz > 0 ? sayTrain(part, read) : 'impacts at no regular distance',
      `kurtosis ${kurtosis.toFixed(1)} (3 without impacts)`,
    ],
    zone,
    distinguish: DISTINGUISH[part],
  });
  return {
    state: 'abnormal',
    score: Math.min(1, strength / 2),
    level: levelOf(severity, zone.zone),
    finding: {
      value: strength,
      limit: 1,
      explanation,
      contributions: contributionsOf(subject, ranked),
      fault: `bearing-${part}`,
    },
  };
}

function sayTrain(part: BearingPart, read: (name: string) => number): string {
  const [hz, slip] = [read('bearing_hz'), read('bearing_slip')];
  const expected = hz / (1 + slip / 100);
  const sign = slip < 0 ? '−' : '+';
  return `impacts at ${hz.toFixed(1)} Hz (${FREQUENCY[part]} ${expected.toFixed(1)} Hz ${sign}${Math.abs(slip).toFixed(1)} %) at ${read('speed').toFixed(0)} /min with ${sayCount(Math.round(read('bearing_harmonics')), 'harmonic')}, modulated by ${sayDepth(read('bearing_depth'))}`;
}

function irregularSeverity(kurtosis: number): Severity {
  return kurtosis < 10 ? 'early' : 'developed';
}

function levelOf(severity: Severity, zone: string | null): Level {
  return severity === 'severe' || zone === 'D' ? 'HH' : 'H';
}
