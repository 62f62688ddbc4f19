import { expect, it } from 'vitest';
import { type AdapterContext, type Reading, type SinkOutcome, StatusCode, sayingBadForTexts } from '../adapter.ts';

it('a text that is refused as its tag is a number makes the tag bad, and nothing else does', async () => {
  const batches: (readonly Reading[])[] = [];
  const refused: SinkOutcome = {
    accepted: 0,
    rejected: [
      { index: 0, code: 'not_a_number', reason: 'the tag is a number' },
      { index: 1, code: 'too_large', reason: 'too long' },
      { index: 2, code: 'too_old', reason: 'too old' },
    ],
  };
  const sink = async (batch: readonly Reading[]): Promise<SinkOutcome> => {
    batches.push(batch);
    return batches.length === 1 ? refused : { accepted: batch.length, rejected: [] };
  };
  const { sink: saying } = sayingBadForTexts({ sink } as AdapterContext); // nothing else of it is used
  const text = (tag: string): Reading => ({ tag, at: 7, value: null, text: 'on', quality: 'good' });
  expect(await saying([text('a.speed'), text('a.name'), { tag: 'a.old', at: 1, value: 1, quality: 'good' }])).toBe(
    refused,
  );
  expect(batches.slice(1)).toEqual([
    [{ tag: 'a.speed', at: 7, value: null, quality: 'bad', code: StatusCode.badConfigurationError }],
  ]);
});
