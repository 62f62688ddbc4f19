import { diagnoseBearing, refuseToDiagnose } from '../bearing/diagnose.ts';
import type { FaultRatios } from '../bearing/geometry.ts';
import { type Cavitation, cavitationIn, vanePassMms, withoutVanePass } from '../pump/hydraulic.ts';
import { featuresOf } from '../signal/features.ts';
import type { Fourier } from '../signal/fourier.ts';
import { spectrumOf } from '../signal/spectrum.ts';
import { electricalMms } from './electrical.ts';
import { HIGHEST_ORDER, type Orders, ordersIn } from './orders.ts';

export type RotorFault =
  | 'imbalance'
  | 'misalignment'
  | 'looseness'
  | 'gear'
  | 'electrical'
  | 'vanes'
  | 'cavitation'
  | 'bearing';

/** One fault with what speaks for it. */
export interface RotorFinding {
  readonly fault: RotorFault;
  /** Over what is usual of a healthy machine: 1 is worth a look, 2 is twice that. */
  readonly strength: number;
  readonly evidence: string;
  /** How it is told from what looks alike. */
  readonly distinguish: string;
}

/** What is known of a machine. */
export interface RotorMachine {
  readonly rateHz: number;
  /** Within 5 %. */
  readonly shaftHz: number;
  readonly teeth?: number;
  /** Vanes of the impeller on the shaft. */
  readonly vanes?: number;
  /** Frequency of the mains of the motor. */
  readonly mainsHz?: number;
  readonly bearing?: FaultRatios;
}

/** Velocity of one cause that is worth a look: A/B of ISO 10816-3 group 2 on a rigid foundation, mm/s RMS. */
export const NOTABLE_MMS = 1.4;
/** Mesh lines lie high, where velocity is small: a tenth. */
const NOTABLE_MESH_MMS = NOTABLE_MMS / 10;

/**
 * How the velocity's energy of each cause is spread over the half orders ½, 1, 1½ … 10. Imbalance is 1×; misalignment 2× with
 * some 1× and 3×; looseness many harmonics that fall slowly, and half ones.
 * Source: ISO 13373-2 annex tables as taught (secondary); the shares are ours.
 */
const SHAPES: Readonly<Record<'imbalance' | 'misalignment' | 'looseness', (order: number) => number>> = {
  imbalance: (order) => (order === 1 ? 1 : 0),
  misalignment: (order) => ({ 1: 0.15, 2: 0.7, 3: 0.12, 4: 0.03 })[order] ?? 0,
  looseness: (order) => (Number.isInteger(order) ? 1 : 0.3) / (1 + 0.3 * order),
};

/** How each fault is told from what looks alike. */
export const DISTINGUISH: Readonly<Record<RotorFault, string>> = {
  imbalance:
    'phase across the bearing differs by 90°, where a bent shaft shows the same line with 180° between the ends',
  misalignment: 'phase across the coupling differs by 180°, where a soft foot changes when its bolt is loosened',
  looseness: 'phase jumps between foot and base, and the half orders go when bolts are tightened',
  gear: 'sidebands at the speed of the wheel that is worn, where load alone makes a mesh without them',
  electrical: 'it is gone the moment the power is cut, where mechanical causes coast down with the shaft',
  vanes:
    'it changes with the flow, and is least at the best point of the pump, where a resonance changes with the speed',
  cavitation:
    'it falls at once when the suction pressure rises or the flow is throttled, and a dry bearing does not care',
  bearing: 'the envelope shows it where the spectrum does not: see the diagnosis of the bearing',
};

/**
 * Ranks what is wrong with a rotating machine, strongest first, from acceleration in m/s² at one point: energies of the orders as
 * a sum of shapes, the gear mesh with its sidebands, and the bearing. Empty when nothing is notable. A single point and no phase
 * can't prove; `distinguish` says what would.
 */
export function diagnoseRotor(fourier: Fourier, samples: Float64Array, machine: RotorMachine): readonly RotorFinding[] {
  const { rateHz, bearing } = machine;
  const spectrum = spectrumOf(fourier, samples, { rateHz, unit: 'm/s2', convention: 'rms' });
  const orders = ordersIn(spectrum, machine);
  const findings = [...findingsOf(orders, machine)];
  if (machine.vanes !== undefined) {
    const cavitation = cavitationIn(spectrum, { rateHz, kurtosis: featuresOf(samples).kurtosis });
    if (cavitation !== null) findings.push(finding('cavitation', cavitation.strength, sayCavitation(cavitation)));
    const mms = vanePassMms(orders, machine.vanes);
    findings.push(finding('vanes', mms / NOTABLE_MMS, sayVanes(mms, machine.vanes, orders.shaftHz)));
  }
  if (machine.mainsHz !== undefined) {
    const mms = electricalMms(orders, { mainsHz: machine.mainsHz, toldHz: machine.shaftHz });
    findings.push(
      finding(
        'electrical',
        mms / NOTABLE_MMS,
        `${mms.toFixed(2)} mm/s RMS at ${2 * machine.mainsHz} Hz, twice the line frequency`,
      ),
    );
  }
  const search = bearing && { ratios: bearing, shaftHz: orders.shaftHz };
  if (search && refuseToDiagnose(search, samples.length, rateHz) === null) {
    const { train, evidence } = diagnoseBearing(fourier, samples, { ...search, rateHz });
    if (train !== null) findings.push(finding('bearing', train.score / 4, evidence[0]!));
  }
  return findings.filter(({ strength }) => strength >= 1).sort((a, b) => b.strength - a.strength);
}

/** What the orders say of shaft and gear, notable or not, in no order. */
export function findingsOf(
  orders: Orders,
  { teeth, vanes }: Pick<RotorMachine, 'teeth' | 'vanes'>,
): readonly RotorFinding[] {
  const ofShaft = vanes === undefined ? orders : withoutVanePass(orders, vanes);
  return [...shaftFindings(ofShaft), ...(teeth === undefined ? [] : gearFindings(orders, teeth))];
}

const SHAFT_FAULTS = ['imbalance', 'misalignment', 'looseness'] as const;

/** The shapes at the half orders, each with the sum 1. */
const SHARES: readonly Float64Array[] = SHAFT_FAULTS.map((name) => {
  const shape = Float64Array.from({ length: 2 * HIGHEST_ORDER }, (_, i) => SHAPES[name]((i + 1) / 2));
  const sum = shape.reduce((a, b) => a + b, 0);
  return shape.map((share) => share / sum);
});

function shaftFindings({ velocities, shaftHz }: Orders): RotorFinding[] {
  const energies = velocities.map((velocity) => velocity * velocity);
  const parts = split(energies, SHARES);
  return SHAFT_FAULTS.map((name, i) => {
    const mms = Math.sqrt(parts[i]!);
    const said = [1, 2, 3].map((order) => `${order}× ${velocities[2 * order - 1]!.toFixed(2)}`).join(', ');
    const clear = velocities.filter((velocity) => velocity > 0).length;
    const evidence = `${mms.toFixed(1)} mm/s RMS in the shape of ${name} (${said} mm/s; ${clear} of ${2 * HIGHEST_ORDER} half orders stand out) at ${(60 * shaftHz).toFixed(0)} /min`;
    return finding(name, mms / NOTABLE_MMS, evidence);
  });
}

/** After so many the parts stand to a thousandth. */
const ROUNDS = 200;

/** Splits energies into parts ≥ 0 of shapes that fit them best, in the sense of the Kullback–Leibler divergence. */
function split(energies: Float64Array, shapes: readonly Float64Array[]): Float64Array {
  const total = energies.reduce((a, b) => a + b, 0);
  const parts = new Float64Array(shapes.length).fill(total / shapes.length);
  if (total === 0) return parts;
  const over = new Float64Array(energies.length);
  // D. D. Lee, H. S. Seung, Nature 401, 1999, for one column: the divergence falls with every round.
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < energies.length; i++) {
      let model = 1e-12;
      for (let j = 0; j < shapes.length; j++) model += parts[j]! * shapes[j]![i]!;
      over[i] = energies[i]! / model;
    }
    for (let j = 0; j < shapes.length; j++) {
      let gain = 0;
      for (let i = 0; i < energies.length; i++) gain += shapes[j]![i]! * over[i]!;
      parts[j]! *= gain;
    }
  }
  return parts;
}

function gearFindings({ at, shaftHz }: Orders, teeth: number): RotorFinding[] {
  const meshHz = teeth * shaftHz;
  const mesh = Math.max(at(meshHz), at(2 * meshHz));
  const sidebands = [-2, -1, 1, 2].map((side) => at(meshHz + side * shaftHz));
  const clear = sidebands.filter((velocity) => velocity > 0.05 * mesh).length;
  if (clear < 2) return []; // load alone makes mesh without sidebands
  const mms = Math.hypot(mesh, ...sidebands);
  const evidence = `mesh ${meshHz.toFixed(1)} Hz ${mesh.toFixed(2)} mm/s RMS with ${clear} sidebands at ±${shaftHz.toFixed(2)} Hz`;
  return [finding('gear', mms / NOTABLE_MESH_MMS, evidence)];
}

function sayCavitation({ rms, rise }: Cavitation): string {
  return `random noise above 3 kHz of ${rms.toFixed(1)} m/s² RMS, ${(10 * Math.log10(rise)).toFixed(0)} dB above that below 1 kHz, and no impacts`;
}

function sayVanes(mms: number, vanes: number, shaftHz: number): string {
  return `${mms.toFixed(2)} mm/s RMS at ${(vanes * shaftHz).toFixed(1)} Hz, ${vanes} vanes × the speed, alone among the orders`;
}

function finding(fault: RotorFault, strength: number, evidence: string): RotorFinding {
  return { fault, strength, evidence, distinguish: DISTINGUISH[fault] };
}
