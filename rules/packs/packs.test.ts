import { describe, expect, it } from 'vitest';
import { jobPlans } from './jobs.ts';
import { packOf, packs } from './packs.ts';

describe('the packs', () => {
  it('are there for every class that the documentation names', () => {
    expect(packs.map((pack) => pack.class)).toEqual([
      'pump',
      'motor',
      'fan',
      'gearbox',
      'compressor',
      'hydraulic-unit',
      'heat-exchanger',
      'conveyor',
    ]);
    expect(packOf('pump')?.class).toBe('pump');
    expect(packOf('press')).toBeUndefined();
  });

  it('have likelihoods that add up to 1, largest first, on tags that they know', () => {
    for (const { class: kind, tags, symptoms } of packs)
      for (const { tag, causes } of symptoms) {
        expect(tags, kind).toContain(tag);
        const shares = causes.map(({ likelihood }) => likelihood);
        expect(
          shares.reduce((sum, share) => sum + share, 0),
          `${kind} ${tag}`,
        ).toBeCloseTo(1, 9);
        expect([...shares].sort((a, b) => b - a)).toEqual(shares);
      }
  });

  it('and the plans of jobs use failure modes of ISO 14224', () => {
    const modes = [
      ...Object.values(jobPlans).map(({ failureMode }) => failureMode),
      ...packs.flatMap(({ symptoms }) =>
        symptoms.flatMap(({ causes }) => causes.map(({ failureMode }) => failureMode)),
      ),
    ];
    for (const mode of modes)
      expect(['VIB', 'OHE', 'LOO', 'PLU', 'PDE', 'ELP', 'ELU', 'INL', 'BRD', 'SER']).toContain(mode);
  });
});
