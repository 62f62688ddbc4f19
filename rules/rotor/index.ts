import { type Static, Type } from 'typebox';
import type { Detector, Subject, Verdict } from '../detector.ts';
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
import { DISTINGUISH } from './diagnose.ts';
import { HIGHEST_ORDER } from './orders.ts';

const Config = Type.Object(judgingSettings, { additionalProperties: false });
type Config = Static<typeof Config>;

/** What it tells apart, each by the name of the feature that is its strength. */
export const ROTOR_FAULTS = [
  'imbalance',
  'misalignment',
  'looseness',
  'gear',
  'electrical',
  'vanes',
  'cavitation',
] as const;
/** The name of one of them. */
export type RotorFeature = (typeof ROTOR_FAULTS)[number];

const WORDS: Readonly<Record<RotorFeature, string>> = {
  imbalance: 'imbalance',
  misalignment: 'misalignment',
  looseness: 'mechanical looseness',
  gear: 'a worn or damaged gear',
  electrical: 'an electrical fault of the motor (air gap, stator or supply)',
  vanes: 'vane pass of the pump or fan',
  cavitation: 'cavitation of the pump',
};

/**
 * Shaft, coupling, foot, gear, motor and pump, by the features of waveforms: names the cause that explains most of the vibration, what speaks for
 * it, what else is notable, and which measurement would prove it. `on` is the tag of the waveforms, whose point knows the speed; with a bad
 * speed nothing is judged.
 * Source: ISO 13373-2 as taught; see diagnose.ts.
 */
export const rotor: Detector<typeof Config, Persistence> = {
  kind: 'rotor',
  about: 'machine',
  config: Config,
  joins: true,
  features: [
    'rotor',
    ...ROTOR_FAULTS,
    '1x',
    '2x',
    '3x',
    'orders',
    'gmf',
    '2lf',
    'vpf',
    'cavitation_rms',
    'kurtosis',
    'velocity_rms',
    'speed',
  ],
  refuse: refuseZones,
  init: () => ({ isAbnormal: false, against: 0 }),

  step(state, _at, inputs, config, subject) {
    const strength = featureOf(inputs, subject, 'rotor');
    const describe = () => shaken(strength, { inputs, config, subject });
    return judgeStrength(state, strength, { confirm: config.confirm, describe });
  },

  back: (inputs, _config, seen) => strengthAgain('rotor', 'no cause of vibration', inputs, seen),
};

interface Judged {
  readonly inputs: Float64Array;
  readonly config: Config;
  readonly subject: Subject;
}

function shaken(strength: number, { inputs, config, subject }: Judged): Verdict {
  const read = (name: string) => featureOf(inputs, subject, name);
  const known = ROTOR_FAULTS.map((fault) => ({ fault, strength: read(fault) })).filter(({ strength }) => strength > 0);
  const ranked = likelihoods(known);
  const fault = ROTOR_FAULTS.find((each) => each === ranked[0]?.fault) ?? 'imbalance';
  const share = ranked[0]?.share ?? 1;
  const others = ranked.slice(1).filter((each) => each.strength >= 1);
  const zone = zoneOfVelocity(read('velocity_rms'), config);
  const explanation = explain({
    headline: `${captureTagOf(subject)}: ${WORDS[fault]}, likelihood ${(100 * share).toFixed(0)} %`,
    evidence: [
      sayEvidence(fault, read),
      ...(others.length === 0 ? [] : [`also notable: ${others.map(sayShare).join(', ')}`]),
    ],
    zone,
    distinguish: DISTINGUISH[fault],
  });
  return {
    state: 'abnormal',
    score: Math.min(1, strength / 2),
    level: zone.zone === 'D' ? 'HH' : 'H',
    finding: { value: strength, limit: 1, explanation, contributions: contributionsOf(subject, ranked), fault },
  };
}

function sayShare({ fault, share }: { readonly fault: string; readonly share: number }): string {
  return `${fault} (${(100 * share).toFixed(0)} %)`;
}

function sayEvidence(fault: RotorFeature, read: (name: string) => number): string {
  const at = `at ${read('speed').toFixed(0)} /min`;
  switch (fault) {
    case 'imbalance':
    case 'misalignment':
    case 'looseness': {
      const lines = ['1x', '2x', '3x'].map((name) => `${name[0]}× ${read(name).toFixed(2)}`).join(', ');
      return `${lines} mm/s RMS, ${read('orders').toFixed(0)} of ${2 * HIGHEST_ORDER} half orders stand out ${at}`;
    }
    case 'gear':
      return `the mesh has ${read('gmf').toFixed(2)} mm/s RMS and sidebands at the speed, ${at}`;
    case 'electrical':
      return `twice the line frequency has ${read('2lf').toFixed(2)} mm/s RMS`;
    case 'vanes':
      return `vanes × speed has ${read('vpf').toFixed(2)} mm/s RMS, alone among the orders, ${at}`;
    case 'cavitation':
      return `random noise above 3 kHz of ${read('cavitation_rms').toFixed(1)} m/s² RMS, kurtosis ${read('kurtosis').toFixed(1)}: no impacts`;
  }
}
