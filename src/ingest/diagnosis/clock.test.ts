import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import { Observations } from './observations.ts';
import { plantTime } from './say.ts';

const NOW = Date.parse('2026-11-20T10:50:00Z');
const HOUR_MS = 3_600_000;

function tell(seen: Observations) {
  const status = { kind: 'mqtt', state: 'up', since: NOW - HOUR_MS, attempts: 0, lastError: null, tags: 7 } as const;
  return diagnose({ now: NOW, status, lastErrorDetail: null, ...seen.facts(NOW) }, plantTime('UTC'));
}

describe('the clock of a source', () => {
  it('is ahead when it turns from behind to so far ahead that all is refused', () => {
    const seen = new Observations();
    for (let i = 0; i < 20; i++) seen.arrived(NOW - HOUR_MS - i, NOW - 60_000 + i);
    expect(tell(seen).sentences[0]).toMatch(/^its readings are 59 min old/);
    for (let i = 0; i < 20; i++) {
      seen.discarded('too_new', { count: 1 }, NOW - 20_000 + i);
      seen.refusedForTime(NOW + HOUR_MS - 20_000 + i, NOW - 20_000 + i);
    }
    const { sentences } = tell(seen);
    expect(sentences[0]).toBe('its clock is 60 min ahead of ours: set the clocks on both sides (NTP)');
    expect(sentences.join()).toContain('are more than ten minutes ahead of our clock');
    expect(sentences.join()).not.toContain('is behind');
  });

  it.each([
    [-HOUR_MS, 'its clock is 60 min behind ours, which is corrected (`clock: correct`)'],
    [HOUR_MS, 'its clock is 60 min ahead of ours, which is corrected (`clock: correct`)'],
  ])('that is corrected by %i ms leaves nothing to be done, and is told', (correctedMs, says) => {
    const seen = new Observations();
    for (let i = 20; i > 0; i--) seen.arrived(NOW - i * 1_000 + correctedMs, NOW - i * 1_000, correctedMs);
    expect(tell(seen)).toMatchObject({ isWell: true, sentences: [expect.stringMatching(/^all good/), says] });
  });
});
