import { describe, expect, it } from 'vitest';
import { parseFaults, planFaults } from './fault-plan.ts';
import type { InjectedFault } from './peer.ts';

/** What 10,000 occasions bring. */
function faultsOf(seed: number): InjectedFault[] {
  const reported: InjectedFault[] = [];
  const faults = [
    { kind: 'delay', rate: 0.1 },
    { kind: 'rst', rate: 0.05 },
  ];
  const plan = planFaults({ seed, faults, report: (fault) => reported.push(fault) });
  for (let i = 0; i < 10_000; i++) plan.draw('it');
  return reported;
}

describe('a plan of faults', () => {
  it('gives the same faults at the same occasions for the same seed, and others for another', () => {
    expect(faultsOf(7)).toEqual(faultsOf(7));
    expect(faultsOf(7)).not.toEqual(faultsOf(8));
  });

  it('keeps the rates it was given', () => {
    const drawn = faultsOf(7);
    expect(drawn.filter(({ fault }) => fault === 'delay').length).toBeGreaterThan(900);
    expect(drawn.filter(({ fault }) => fault === 'delay').length).toBeLessThan(1_100);
    expect(drawn.filter(({ fault }) => fault === 'rst').length).toBeGreaterThan(430);
    expect(drawn.filter(({ fault }) => fault === 'rst').length).toBeLessThan(570);
  });

  it('does not move the next fault when a fault draws how it looks', () => {
    const reported: InjectedFault[] = [];
    const plan = planFaults({ seed: 7, faults: [{ kind: 'rst', rate: 0.1 }], report: (fault) => reported.push(fault) });
    for (let i = 0; i < 1_000; i++) if (plan.draw('it') !== null) plan.random.next();
    const quiet: InjectedFault[] = [];
    const other = planFaults({ seed: 7, faults: [{ kind: 'rst', rate: 0.1 }], report: (fault) => quiet.push(fault) });
    for (let i = 0; i < 1_000; i++) other.draw('it');
    expect(reported).toEqual(quiet);
  });
});

describe('faults on the command line', () => {
  it('are read', () => {
    expect(parseFaults(['delay:0.05', 'rst:1e-3'], ['delay', 'rst'])).toEqual([
      { kind: 'delay', rate: 0.05 },
      { kind: 'rst', rate: 0.001 },
    ]);
  });

  it.each([
    [['delay'], '--fault delay: write KIND:RATE with a rate from 0 to 1, e.g. delay:0.05'],
    [['delay:2'], '--fault delay:2: write KIND:RATE with a rate from 0 to 1, e.g. delay:0.05'],
    [['dealy:0.1'], '--fault dealy:0.1: there is no fault "dealy"; there are delay, rst'],
    [['delay:0.6', 'rst:0.5'], 'the rates of all faults add up to 1.1, which is more than 1'],
  ])('%j are refused in words', (texts, message) => {
    expect(() => parseFaults(texts, ['delay', 'rst'])).toThrow(message);
  });
});
