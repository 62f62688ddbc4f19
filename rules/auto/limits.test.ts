import { describe, expect, it } from 'vitest';
import type { Subject } from '../detector.ts';
import { seeded } from '../math/seeded.ts';
import { auto } from './index.ts';

const config = { learn: 400, every: 0 };
const CHANGES_AT = 1_000;

/** A pump whose pressure falls with its load, ever faster, as a curve that a straight line follows where it was learnt. */
function pumpAlarms({
  more = 0,
  lost = 0,
  range,
}: {
  more?: number;
  lost?: number;
  range?: readonly [number, number];
}): number {
  const inputs = [
    { tag: 'pump-1.pressure', unit: 'bar', ...(range && { range }) },
    { tag: 'pump-1.current', unit: 'A' },
    { tag: 'pump-1.load', unit: '%', isGiven: true as const },
  ];
  const { normal } = seeded(3);
  const state = auto.init(config);
  let load = 0;
  let alarms = 0;
  for (let reading = 0; reading < 1_300; reading++) {
    load = 0.9 * load + 1.5 * normal();
    const isChanged = reading >= CHANGES_AT;
    const driven = load + (isChanged ? more : 0);
    const pressure = 5.5 - 0.02 * driven - 0.0001 * driven ** 2 + 0.003 * normal() - (isChanged ? lost : 0);
    const row = Float64Array.of(pressure, 40 + driven + normal(), 60 + driven);
    if (auto.step(state, reading * 300_000, row, config, { ...inputs[0]!, inputs }).state === 'abnormal') alarms++;
  }
  return alarms;
}

describe('the least distance from normal that counts', () => {
  it('is what an instrument of the declared range can tell: a load that was not seen yet is no fault of the pump', () => {
    expect(pumpAlarms({ more: 18 })).toBeGreaterThan(100);
    expect(pumpAlarms({ more: 18, range: [0, 25] })).toBe(0);
  });

  it('hides no fault, however wide the range', () => {
    expect(pumpAlarms({ lost: 0.1, range: [0, 25] })).toBeGreaterThan(200);
    expect(pumpAlarms({ lost: 0.3, range: [0, 1_000_000] })).toBeGreaterThan(200);
  });
});

describe('widths that are learnt on', () => {
  const subject: Subject = {
    tag: 'gearbox-1.oil',
    unit: 'Cel',
    inputs: [
      { tag: 'gearbox-1.oil', unit: 'Cel' },
      { tag: 'gearbox-1.load', unit: '%' },
    ],
  };

  it('do not follow a fault that grows slowly', () => {
    const { normal } = seeded(5);
    const state = auto.init(config);
    let told = Number.NaN;
    for (let reading = 0; reading < 3_000 && Number.isNaN(told); reading++) {
      const load = normal();
      const warmer = 0.002 * Math.max(0, reading - CHANGES_AT);
      const row = Float64Array.of(50 + 2 * load + 0.5 * normal() + warmer, 60 + 5 * load);
      if (auto.step(state, reading * 300_000, row, config, subject).state === 'abnormal') told = reading;
    }
    expect(told).toBeGreaterThan(CHANGES_AT);
    expect(told).toBeLessThan(1_600);
  });
});
