import { describe, expect, it } from 'vitest';
import { expiryWarning, watchExpiry } from './certificate-expiry.ts';

const certificate = { validTo: 'Mar 31 12:00:00 2026 GMT' };
const used = { whose: 'our certificate', certificate };
const daysBefore = (days: number) => Date.parse('2026-03-31T12:00:00Z') - days * 86_400_000;

describe('a certificate', () => {
  it.each([
    [31, null],
    [30, 'our certificate runs out within 30 days, on 2026-03-31: renew it before'],
    [8, 'our certificate runs out within 30 days, on 2026-03-31: renew it before'],
    [7, 'our certificate runs out within 7 days, on 2026-03-31: renew it before'],
    [0, 'our certificate ran out on 2026-03-31: renew it'],
  ])('is spoken of %i days before its end: %s', (days, sentence) => {
    expect(expiryWarning(used, daysBefore(days))).toBe(sentence);
  });

  it('is looked at again while the link stands', async () => {
    let now = daysBefore(8);
    const over = new AbortController();
    const warnings: string[] = [];
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms;
        if (now >= daysBefore(6)) over.abort();
      },
    };
    await watchExpiry(() => [used], { clock, warn: (sentence) => warnings.push(sentence) }, over.signal);
    expect([...new Set(warnings)]).toEqual([expiryWarning(used, daysBefore(8)), expiryWarning(used, daysBefore(7))]);
  });
});
