import { describe, expect, it } from 'vitest';
import { loadText } from './cases/load-text.ts';

function plantOf(rules = '', pack = '', point = '') {
  const loaded = loadText(`plant: test
adapters:
  push: { kind: http }
assets:
  pump-1:
    class: pump
${pack}    tags: { de: { unit: m/s2, from: push }, pressure: { unit: bar, from: push }, speed: { unit: /min, from: push } }
waveforms:
  pump-1-de: { on: pump-1.de, unit: m/s2, speed: pump-1.speed, bearing: 6205-2RS${point} }
${rules}`);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.plant;
}

describe('the pack of a class', () => {
  it('brings rules on waveforms with the plans of their jobs, and says what it could use', () => {
    const { rules, packs } = plantOf();
    expect(rules.map(({ id, on }) => [id, on[0]])).toEqual([
      ['pump-1-de-bearing', 'pump-1.de.bearing'],
      ['pump-1-de-rotor', 'pump-1.de.rotor'],
    ]);
    expect(rules[0]).toMatchObject({ with: { confirm: 2 }, workOrder: { jobs: { imbalance: expect.anything() } } });
    expect(packs).toEqual([
      {
        asset: 'pump-1',
        class: 'pump',
        rules: ['pump-1-de-bearing', 'pump-1-de-rotor'],
        lacks: ['vibration', 'temperature', 'suction-pressure', 'flow', 'current'],
      },
    ]);
  });

  it('judges by the ISO zones of a machine whose power is told, and by the change from its own baseline', () => {
    const { rules } = plantOf('', '', ', power: 90, foundation: flexible');
    expect(rules.map(({ id }) => id)).toEqual(['pump-1-de-bearing', 'pump-1-de-rotor', 'pump-1-de-zone']);
    const zones = { standard: 'iso-10816-3', group: '2', foundation: 'flexible' };
    for (const rule of rules) expect(rule.with).toMatchObject(zones);
    expect(rules[2]).toMatchObject({ on: ['pump-1.de.velocity_rms'], detect: 'iso-zone', with: { learn: 50 } });
    const own = 'rules:\n  mine: { on: pump-1.de.velocity_rms, detect: iso-zone, with: { group: "2" } }\n';
    expect(plantOf(own, '', ', power: 90').rules.map(({ id }) => id)).not.toContain('pump-1-de-zone');
  });

  it('gives way to a rule of the plant file that judges the same', () => {
    const { rules } = plantOf('rules:\n  mine: { on: pump-1.de, detect: bearing, with: { confirm: 5 } }\n');
    expect(rules.map(({ id }) => id)).toEqual(['mine', 'pump-1-de-rotor']);
  });

  it('says on the jobs of the plant file what is usually behind them', () => {
    const { rules } = plantOf('rules:\n  low: { on: pump-1.pressure, detect: limit, with: { low: 2 } }\n');
    expect(rules[0]!.workOrder?.causes?.low?.[0]).toMatchObject({
      cause: 'worn impeller or wear ring',
      likelihood: 0.35,
    });
    expect(rules[0]!.workOrder?.causes?.high).toBeUndefined();
  });

  it('says nothing of the machine on a job about an instrument, nor what is behind another tag', () => {
    const { rules } = plantOf(`rules:
  quiet: { on: pump-1.pressure, detect: stale, with: { after: 5s } }
  both: { on: [pump-1.pressure, pump-1.speed], detect: limit, with: { low: 2 } }
`);
    expect(rules.slice(0, 2).map(({ id, workOrder }) => [id, workOrder?.causes])).toEqual([
      ['quiet', undefined],
      ['both', undefined],
    ]);
  });

  it('can be left out', () => {
    const { rules, packs } = plantOf('', '    pack: none\n');
    expect([rules, packs]).toEqual([[], undefined]);
  });
});
