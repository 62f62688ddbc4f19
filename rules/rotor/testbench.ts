import type { RotorFault } from './diagnose.ts';

/** A machine on paper, with the faults and the noise asked for. */
export interface SyntheticRotor {
  readonly faults: readonly RotorFault[];
  /** What the signal has over the noise, dB. */
  readonly snrDb: number;
  /** Real speed, Hz. */
  readonly shaftHz: number;
  readonly teeth: number;
  readonly vanes: number;
  readonly mainsHz: number;
  readonly bpfo: number;
  readonly rateHz: number;
  readonly seconds: number;
  readonly random: () => number;
}

/** Acceleration in m/s²: residual 1× of 0.4 mm/s, each fault with 4 to 6 mm/s (mesh a tenth), impacts, Gaussian noise. */
export function synthesise(rotor: SyntheticRotor): Float64Array {
  const { faults, snrDb, rateHz, seconds, random } = rotor;
  const samples = new Float64Array(rateHz * seconds);
  addLine(samples, rotor, { order: 1, mms: 0.4 });
  for (const fault of faults) addFault(samples, rotor, fault);
  const power = samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
  const deviation = Math.sqrt(power / 10 ** (snrDb / 10));
  for (let i = 0; i < samples.length; i++)
    samples[i]! += deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return samples;
}

function addFault(samples: Float64Array, rotor: SyntheticRotor, fault: RotorFault): void {
  const mms = 4 + 2 * rotor.random();
  switch (fault) {
    case 'imbalance':
      addLine(samples, rotor, { order: 1, mms });
      return;
    case 'misalignment':
      for (const [order, share] of [
        [1, 0.35],
        [2, 0.85],
        [3, 0.35],
      ] as const)
        addLine(samples, rotor, { order, mms: mms * share });
      return;
    case 'looseness':
      for (let half = 1; half <= 18; half++)
        addLine(samples, rotor, { order: half / 2, mms: (mms * (half % 2 === 0 ? 0.45 : 0.2)) / (1 + 0.04 * half) });
      return;
    case 'gear':
      for (const [side, share] of [
        [-1, 0.4],
        [0, 1],
        [1, 0.4],
      ] as const)
        addLine(samples, rotor, { order: rotor.teeth + side, mms: (mms / 10) * share });
      return;
    case 'electrical':
      addLine(samples, rotor, { order: (2 * rotor.mainsHz) / rotor.shaftHz, mms });
      return;
    case 'vanes':
      addLine(samples, rotor, { order: rotor.vanes, mms });
      addLine(samples, rotor, { order: 2 * rotor.vanes, mms: mms * 0.3 });
      return;
    case 'cavitation':
      addBubbles(samples, rotor);
      return;
    case 'bearing':
      addImpacts(samples, rotor);
      return;
  }
}

/** Noise of 10 m/s² RMS that rises by 12 dB an octave, swelling a little as each vane passes. */
function addBubbles(samples: Float64Array, { rateHz, shaftHz, vanes, random }: SyntheticRotor): void {
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  let [before, last] = [gaussian(), gaussian()];
  for (let i = 0; i < samples.length; i++) {
    const next = gaussian();
    const swell = 1 + 0.3 * Math.sin((2 * Math.PI * vanes * shaftHz * i) / rateHz);
    samples[i]! += ((10 * swell) / Math.sqrt(6)) * (next - 2 * last + before); // the second difference has six times the power
    [before, last] = [last, next];
  }
}

function addLine(samples: Float64Array, rotor: SyntheticRotor, line: { order: number; mms: number }): void {
  const omega = 2 * Math.PI * line.order * rotor.shaftHz;
  const amplitude = (line.mms / 1_000) * Math.SQRT2 * omega;
  const phase = 2 * Math.PI * rotor.random();
  for (let i = 0; i < samples.length; i++) samples[i]! += amplitude * Math.sin((omega * i) / rotor.rateHz + phase);
}

function addImpacts(samples: Float64Array, { rateHz, shaftHz, bpfo, random }: SyntheticRotor): void {
  const everyS = 1 / (bpfo * shaftHz);
  for (let atS = everyS * random(); atS < samples.length / rateHz; atS += everyS * (0.995 + 0.01 * random())) {
    const from = Math.ceil(atS * rateHz);
    for (let i = from; i < Math.min(samples.length, from + rateHz * 0.008); i++) {
      const sinceS = i / rateHz - atS;
      samples[i]! += 25 * Math.exp(-900 * sinceS) * Math.sin(2 * Math.PI * 4_200 * sinceS);
    }
  }
}
