import { describe, expect, it } from 'vitest';
import { detectorOf, detectors } from './index.ts';

describe('detectors', () => {
  it('are found by the word that stands in the plant file', () => {
    expect(detectors.map(({ kind }) => kind)).toEqual([
      'limit',
      'expression',
      'stale',
      'flatline',
      'range',
      'spike',
      'step',
      'noise-death',
      'noise-rise',
      'drift',
      'iso-zone',
      'bearing',
      'rotor',
      'thermal',
      'ewma',
      'rate',
      'cusum',
      'page-hinkley',
      'change-point',
      'seasonal',
      'states',
      'trend',
      'forecast',
      'multivariate',
      'auto',
    ]);
    for (const detector of detectors) expect(detectorOf(detector.kind)).toBe(detector);
    expect(detectorOf('oracle')).toBeUndefined();
  });
});
