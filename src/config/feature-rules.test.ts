import { describe, expect, it } from 'vitest';
import { loadText } from './cases/load-text.ts';
import { problemsOf } from './cases/mutate.ts';
import { formatProblem } from './problems.ts';

const HEAD = `plant: test
adapters:
  push: { kind: http }
assets:
  pump-1: { class: mixer, tags: { de: { unit: m/s2, from: push }, nde: { unit: m/s2, from: push } } }
  pump-2: { class: mixer, tags: { de: { unit: m/s2, from: push } } }
waveforms:
  a: { on: pump-1.de, unit: m/s2, speed: 1480, bearing: 6205-2RS }
  b: { on: pump-2.de, unit: m/s2, speed: 1480 }
rules:
`;
const rulesOf = (text: string) => {
  const loaded = loadText(HEAD + text);
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
  return loaded.plant.rules;
};
const problems = (text: string) =>
  problemsOf(HEAD + text).map((each) => formatProblem(each).replace(/^plant\.yaml:/, ''));

describe('a rule that judges waveforms', () => {
  it('is on the features of the point, the one its alerts are filed under first', () => {
    const [rule] = rulesOf('  de: { on: pump-1.de, detect: bearing, with: { group: "2" } }\n');
    expect(rule!.on[0]).toBe('pump-1.de.bearing');
    expect(rule!.on).toContain('pump-1.de.velocity_rms');
    expect(rule!.workOrder?.jobs?.['bearing-outer']?.steps.length).toBeGreaterThan(3);
  });

  it('judges by the power that stands with its point, unless it names a group itself', () => {
    const ofPower = (settings: string) => {
      const text = `${HEAD}  de: { on: pump-1.de, detect: bearing${settings} }\n`;
      const loaded = loadText(text.replace('bearing: 6205-2RS', 'bearing: 6205-2RS, power: 90, foundation: flexible'));
      if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join('\n'));
      return loaded.plant.rules.find(({ id }) => id === 'de')!.with;
    };
    expect(ofPower('')).toMatchObject({ standard: 'iso-10816-3', group: '2', foundation: 'flexible' });
    expect(ofPower(', with: { group: "1" }')).toMatchObject({ group: '1', foundation: 'rigid' });
  });

  it('may be on a class', () => {
    const rules = rulesOf('  shaft: { on: class:mixer.de, detect: rotor }\n');
    expect(rules.map(({ id, on }) => [id, on[0]])).toEqual([
      ['shaft-pump-1', 'pump-1.de.rotor'],
      ['shaft-pump-2', 'pump-2.de.rotor'],
    ]);
  });

  it('is told what it lacks', () => {
    expect(problems('  x: { on: pump-1.nde, detect: bearing }\n')).toEqual([
      '11:12: detect: bearing judges waveforms, and waveforms has no point on pump-1.nde: write one, with unit and speed; did you mean "pump-1.de"?',
    ]);
    expect(problems('  x: { on: class:mixer.de, detect: bearing }\n')).toEqual([
      '11:12: detect: bearing needs more than waveforms.b tells: acceleration, speed and bearing (or geometry, or ratios)',
    ]);
    expect(problems('  x: { on: [pump-1.de, pump-2.de], detect: rotor }\n')[0]).toContain('write a rule for each');
    expect(problems('  x: { on: pump-1.de, detect: rotor, with: { group: "5" } }\n')[0]).toContain('group');
  });

  it('leads to the job that the plant wrote down for the fault', () => {
    const own = 'jobs:\n  imbalance: { title: call the balancer, failureMode: VIB, steps: [Call 4711.] }\n';
    const [rule] = rulesOf(`  shaft: { on: pump-1.de, detect: rotor }\n${own}`);
    expect(rule!.workOrder?.jobs?.['imbalance']).toEqual({
      title: 'call the balancer',
      failureMode: 'VIB',
      steps: ['Call 4711.'],
    });
    expect(
      problems(own.replace('imbalance', 'imbalanc').replace('jobs', '  s: { on: pump-1.de, detect: rotor }\njobs'))[0],
    ).toContain('did you mean "imbalance"?');
  });
});
