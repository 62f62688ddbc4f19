import { describe, expect, it } from 'vitest';
import { Fourier } from '../signal/fourier.ts';
import { diagnoseRotor, type RotorFault } from './diagnose.ts';
import { ordersOf } from './orders.ts';
import { synthesise } from './testbench.ts';

const fourier = new Fourier();
const machine = { rateHz: 16_384, shaftHz: 24.5, teeth: 31 };
const rest = { vanes: 7, mainsHz: 50 };
const bearing = { bpfo: 3.5848, bpfi: 5.4152, bsf: 2.3568, ftf: 0.39828 };

describe('a rotor', () => {
  it.each([
    ['imbalance'],
    ['misalignment'],
    ['looseness'],
    ['gear'],
    ['imbalance', 'misalignment'],
    ['misalignment', 'gear'],
    ['imbalance', 'bearing'],
  ] satisfies RotorFault[][])('with %s %s is told so at 5 dB, 4 % off its speed', (...faults) => {
    const samples = make(faults.filter((fault) => fault !== undefined));
    const known = faults.some((fault) => fault === 'bearing') ? { ...machine, bearing } : machine; // it takes the most time
    const named = diagnoseRotor(fourier, samples, known).map(({ fault }) => fault);
    for (const fault of faults.filter((each) => each !== undefined)) expect(named.slice(0, 2)).toContain(fault);
    expect(faults).toContain(named[0]);
  });

  it('that is well has nothing, and one of which no teeth are known has no gear', () => {
    expect(diagnoseRotor(fourier, make([]), { ...machine, bearing })).toEqual([]);
    const { teeth: _, ...unknown } = machine;
    expect(diagnoseRotor(fourier, make(['gear']), unknown).map(({ fault }) => fault)).not.toContain('gear');
  });

  it('has its real speed found and its 1× measured in mm/s RMS', () => {
    const { shaftHz, velocities } = ordersOf(fourier, make(['imbalance']), machine);
    expect(shaftHz).toBeCloseTo(25.5, 1);
    expect(velocities[1]).toBeGreaterThan(3.5);
    expect(velocities[1]).toBeLessThan(6.5);
  });

  it.each([8_192, 1e6, 1e20, 1e300])(
    'has no orders at %d Hz, beyond its spectrum, and that is soon found',
    (shaftHz) => {
      const orders = ordersOf(fourier, make(['imbalance']), { ...machine, shaftHz });
      expect(orders.velocities.every((velocity) => velocity === 0)).toBe(true);
    },
  );

  it('says with each fault what would tell it from another', () => {
    const [first] = diagnoseRotor(fourier, make(['imbalance']), machine);
    expect(first!.evidence).toMatch(/^\d\.\d mm\/s RMS in the shape of imbalance \(1× /);
    expect(first!.distinguish).toContain('phase');
  });
});

function make(faults: readonly RotorFault[]): Float64Array {
  let state = 11;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  return synthesise({ ...machine, ...rest, faults, snrDb: 5, shaftHz: 25.5, bpfo: bearing.bpfo, seconds: 2, random });
}
