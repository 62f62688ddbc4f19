import { describe, expect, it } from 'vitest';
import { diagnoseRotor, type RotorFault } from '../rotor/diagnose.ts';
import { ordersOf } from '../rotor/orders.ts';
import { synthesise } from '../rotor/testbench.ts';
import { featuresOf } from '../signal/features.ts';
import { Fourier } from '../signal/fourier.ts';
import { spectrumOf } from '../signal/spectrum.ts';
import { cavitationIn, vanePassMms } from './hydraulic.ts';

const fourier = new Fourier();
const machine = { rateHz: 16_384, shaftHz: 24.5, teeth: 31, vanes: 7, mainsHz: 50 };

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

function make(faults: readonly RotorFault[], { snrDb = 10, rateHz = machine.rateHz } = {}): Float64Array {
  return synthesise({ ...machine, rateHz, faults, snrDb, bpfo: 3.585, seconds: 2, random: seeded(7) });
}

function cavitationOf(samples: Float64Array, rateHz = machine.rateHz) {
  const spectrum = spectrumOf(fourier, samples, { rateHz, unit: 'm/s2', convention: 'rms' });
  return cavitationIn(spectrum, { rateHz, kurtosis: featuresOf(samples).kurtosis });
}

describe('cavitation', () => {
  it('is random noise that rises above 3 kHz, and has its level', () => {
    const found = cavitationOf(make(['cavitation']))!;
    expect(found.strength).toBeGreaterThan(1);
    expect(found.rise).toBeGreaterThan(4);
    expect(found.rms).toBeGreaterThan(5);
    expect(found.rms).toBeLessThan(15);
  });

  it.each(['bearing', 'looseness', 'gear', 'electrical'] as const)(
    'is not what %s does, in loud noise or none',
    (fault) => {
      for (const snrDb of [-10, 20]) expect(cavitationOf(make([fault], { snrDb }))!.strength).toBeLessThan(1);
    },
  );

  it('is not judged where the waveform does not reach', () => {
    expect(cavitationOf(make(['cavitation'], { rateHz: 8_192 }), 8_192)).toBeNull();
  });
});

describe('the vanes of a pump', () => {
  it('are one line at vanes × speed, and not looseness', () => {
    const named = diagnoseRotor(fourier, make(['vanes']), machine).map(({ fault }) => fault);
    expect(named).toEqual(['vanes']);
  });

  it('are not accused of a line that has its like beside it', () => {
    expect(vanePassMms(ordersOf(fourier, make(['looseness']), machine), 7)).toBe(0);
    expect(diagnoseRotor(fourier, make(['looseness']), machine)[0]?.fault).toBe('looseness');
  });
});

describe('the mains', () => {
  it('are twice their frequency, and do not lead the search for the speed astray', () => {
    const [first, ...others] = diagnoseRotor(fourier, make(['electrical']), { ...machine, shaftHz: 23.6 });
    expect(first?.fault).toBe('electrical');
    expect(others).toEqual([]);
  });
});
