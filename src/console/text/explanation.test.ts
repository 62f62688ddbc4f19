import { expect, it } from 'vitest';
import { partsOf } from './explanation.ts';

it('takes a diagnosis apart into what is wrong and what speaks for it', () => {
  const { headline, evidence } = partsOf(
    'outer race is damaged, likelihood 85 %; impacts at 88.1 Hz; zone B at 3.4 mm/s',
  );
  expect(headline).toBe('outer race is damaged, likelihood 85 %');
  expect(evidence).toEqual(['impacts at 88.1 Hz', 'zone B at 3.4 mm/s']);
});

it('leaves a plain sentence whole', () => {
  expect(partsOf('pump-1.pressure is 7.1 bar')).toEqual({ headline: 'pump-1.pressure is 7.1 bar', evidence: [] });
});

it('keeps together how to tell a cause from others', () => {
  const { evidence } = partsOf('it is loose; 3× is high; to tell it apart: look here; then there');
  expect(evidence).toEqual(['3× is high', 'to tell it apart: look here; then there']);
});

it('does not part what stands in parentheses', () => {
  const { headline, evidence } = partsOf('zone C (group 2 rigid; values of a secondary source); 3.2 mm/s (RMS)');
  expect(headline).toBe('zone C (group 2 rigid; values of a secondary source)');
  expect(evidence).toEqual(['3.2 mm/s (RMS)']);
});
