import { describe, expect, it } from 'vitest';
import { MACHINES } from '../model/machines.ts';
import type { LifeScript, MachineFault, MachineFaultKind, SensorFault, SensorFaultKind } from './episodes.ts';
import { live, liveScript } from './life.ts';
import { drawLife } from './script.ts';
import { isBeyond, SLOW_LIMITS } from './signals.ts';
import { DAY_MS, STEP_MS } from './time-line.ts';

const QUIET: LifeScript = { seed: 5, days: 5, season: 1, faults: [], sensorFaults: [], lookAlikes: [] };

function illness(kind: MachineFaultKind, tag: string): MachineFault {
  const asset = tag.slice(0, tag.indexOf('.'));
  return { kind, asset, tag, from: DAY_MS, to: 4.5 * DAY_MS, lifeMs: 2.5 * DAY_MS, course: (x) => x };
}

function lying(kind: SensorFaultKind, tag: string, size: number): SensorFault {
  return { kind, asset: tag.slice(0, tag.indexOf('.')), tag, from: DAY_MS, to: 2 * DAY_MS, size };
}

describe('a life of the plant', () => {
  it('is the same for the same seed, and another for another', () => {
    const [once, again, other] = [live({ seed: 3, days: 9 }), live({ seed: 3, days: 9 }), live({ seed: 4, days: 9 })];
    for (const [tag, said] of once.readings) expect(isSame(said, again.readings.get(tag)!), tag).toBe(true);
    expect(again.faults.map(({ from, limitAt }) => [from, limitAt])).toEqual(
      once.faults.map(({ from, limitAt }) => [from, limitAt]),
    );
    expect(isSame(other.readings.get('pump-1.flow')!, once.readings.get('pump-1.flow')!)).toBe(false);
  });

  it('stays within every limit while nothing is ill, whatever else happens', () => {
    for (const seed of [1, 2]) {
      const { truth } = liveScript({ ...drawLife(seed, 11), faults: [] });
      for (const limit of SLOW_LIMITS) {
        const speed = truth.get(`${limit.tag.slice(0, limit.tag.indexOf('.'))}.speed`)!;
        const offences = [...truth.get(limit.tag)!].filter((value, i) => {
          const hasRun = speed.subarray(Math.max(0, i - 30), i + 1).every((each) => each > 100);
          return hasRun && isBeyond(value, limit);
        });
        expect(offences, `seed ${seed}, ${limit.tag}`).toEqual([]);
      }
    }
  });

  it('reaches its limit about when the severity of the fault is 1, on the tag of the fault first', () => {
    const lives: readonly (readonly (readonly [MachineFaultKind, string])[])[] = [
      [
        ['bearing wear', 'pump-1.vibration'],
        ['overheating', 'gearbox-1.oil-temperature'],
        ['imbalance', 'fan-1.vibration'],
        ['overheating', 'compressor-1.temperature'],
      ],
      [
        ['pump wear', 'pump-1.flow'],
        ['bearing wear', 'gearbox-1.vibration'],
        ['bearing wear', 'fan-1.vibration'],
        ['leak', 'compressor-1.pressure'],
      ],
      [
        ['blocked filter', 'pump-1.filter-pressure'],
        ['blocked filter', 'compressor-1.filter-pressure'],
      ],
    ];
    for (const ill of lives) {
      const { faults } = liveScript({ ...QUIET, faults: ill.map(([kind, tag]) => illness(kind, tag)) });
      for (const { kind, asset, limitAt, from, lifeMs } of faults) {
        const life = limitAt === null ? null : (limitAt - from) / lifeMs;
        expect(life, `${kind} of ${asset}`).toBeGreaterThan(0.75);
        expect(life, `${kind} of ${asset}`).toBeLessThan(1.4);
      }
    }
  });

  it('lets sensors lie in their own way and leaves the truth alone', () => {
    const sensorFaults = [
      lying('frozen', 'pump-1.pressure', 0),
      lying('dead', 'pump-1.flow', 0),
      lying('offset', 'pump-1.temperature', 9),
      lying('drift', 'fan-1.temperature', 9),
      lying('noise', 'compressor-1.temperature', 4),
      lying('spikes', 'compressor-1.oil-temperature', 30),
    ];
    const { truth, readings } = liveScript({ ...QUIET, sensorFaults });
    const well = liveScript(QUIET).truth;
    const [from, to] = [DAY_MS / STEP_MS, (2 * DAY_MS) / STEP_MS];
    const errorsOf = (tag: string) =>
      Array.from(readings.get(tag)!.subarray(from, to), (said, i) => said - truth.get(tag)![from + i]!);
    expect(new Set(readings.get('pump-1.pressure')!.subarray(from, to)).size).toBe(1);
    expect(readings.get('pump-1.flow')!.subarray(from, to).every(Number.isNaN)).toBe(true);
    expect(mean(errorsOf('pump-1.temperature'))).toBeCloseTo(9, 1);
    expect(errorsOf('fan-1.temperature').at(-1)).toBeGreaterThan(8);
    expect(Math.max(...errorsOf('compressor-1.temperature').map(Math.abs))).toBeGreaterThan(8);
    const spikes = errorsOf('compressor-1.oil-temperature').filter((error) => error > 25).length;
    expect(spikes).toBeGreaterThan(5);
    expect(spikes).toBeLessThan(40);
    for (const [tag, track] of truth) expect(isSame(track, well.get(tag)!), tag).toBe(true);
  });
});

describe('the script of 200 lives', () => {
  const scripts = Array.from({ length: 200 }, (_, seed) => drawLife(seed, 30));

  it('begins with eight days in which nothing is ill', () => {
    for (const { faults, sensorFaults } of scripts)
      for (const { from } of [...faults, ...sensorFaults]) expect(from).toBeGreaterThanOrEqual(8 * DAY_MS);
  });

  it('has no sensor lie on a machine that is ill', () => {
    for (const { faults, sensorFaults } of scripts)
      for (const sensor of sensorFaults)
        for (const fault of faults)
          if (fault.asset === sensor.asset) expect(sensor.to <= fault.from || sensor.from >= fault.to).toBe(true);
  });

  it('has every kind of fault, lying sensor and look-alike, on every machine', () => {
    const kinds = (of: (script: LifeScript) => readonly { readonly kind: string }[]) =>
      new Set(scripts.flatMap((script) => of(script).map(({ kind }) => kind))).size;
    expect([
      kinds(({ faults }) => faults),
      kinds(({ sensorFaults }) => sensorFaults),
      kinds(({ lookAlikes }) => lookAlikes),
    ]).toEqual([6, 6, 5]);
    expect(new Set(scripts.flatMap(({ faults }) => faults.map(({ asset }) => asset)))).toEqual(
      new Set(MACHINES.map(({ id }) => id)),
    );
  });
});

function isSame(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
