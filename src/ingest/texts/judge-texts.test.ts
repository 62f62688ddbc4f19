import { expect, it } from 'vitest';
import type { Source, Tag } from '../../model/plant.ts';
import { StatusCode } from '../../model/status-code.ts';
import { RateLimits } from '../conditioning/rate-limit.ts';
import { TagRegistry } from '../tag-registry.ts';
import { judgeTexts, type TextContext, type TextReading } from './judge-texts.ts';

const NOW = 1_790_000_000_000;
const source: Source = {
  id: 'push',
  kind: 'http',
  adopt: 'auto',
  adoptLimit: 1,
  alertAfterMs: 0,
  priority: 'low',
  config: {},
  bindings: [],
};
const plain = { asset: 'a', source: 'push', unit: null, range: null, deadband: 0, heartbeatMs: 10_000 };
const tags: Tag[] = [
  { ...plain, name: 'a.state' },
  { ...plain, name: 'a.recipe', deadband: 1 },
  { ...plain, name: 'a.speed', unit: '/min' },
  { ...plain, name: 'a.level', range: [0, 1] },
  { ...plain, name: 'a.batch', conditioning: { type: 'text' } },
  { ...plain, name: 'a.count', conditioning: { type: 'number' } },
  { ...plain, name: 'a.power', source: null, derived: { value: 'tag("a.speed")', toleranceMs: 1 } },
];

const contextOf = (changes: Partial<TextContext> = {}): TextContext => ({
  source,
  tags: new TagRegistry(tags),
  rates: new RateLimits(),
  now: NOW,
  keepMs: 86_400_000,
  hasNumbers: () => false,
  lastLogged: new Map(),
  ...changes,
});
const say = (changes: Partial<TextReading> = {}): TextReading => ({
  tag: 'a.state',
  at: NOW,
  value: null,
  text: 'running',
  quality: 'good',
  ...changes,
});
const judge = (readings: readonly TextReading[], context = contextOf()) =>
  judgeTexts(
    readings.map((reading, index) => ({ index, reading })),
    context,
  );
const refusal = (reading: TextReading, context?: TextContext) => judge([reading], context).refused[0]?.code;

it('a tag that is declared as a number, or has had numbers, takes no texts', () => {
  expect(refusal(say({ tag: 'a.speed' }))).toBe('not_a_number');
  expect(refusal(say({ tag: 'a.level' }))).toBe('not_a_number');
  expect(refusal(say({ tag: 'a.power' }))).toBe('derived_tag');
  expect(refusal(say(), contextOf({ hasNumbers: (tag) => tag === 'a.state' }))).toBe('not_a_number');
  expect(refusal(say())).toBeUndefined();
});

it('what the plant file says that a tag holds counts for more than what it has had', () => {
  const numbered = contextOf({ hasNumbers: () => true });
  expect(judge([say({ tag: 'a.batch', text: '4711' })], numbered).kept).toMatchObject([{ text: '4711' }]);
  expect(refusal(say({ tag: 'a.count' }))).toBe('not_a_number');
});

it('a number in quotes makes no new tag, and is a text where there is one', () => {
  expect(refusal(say({ tag: 'b.one', text: '12.5' }))).toBe('not_a_number');
  expect(refusal(say({ text: '12.5' }))).toBeUndefined();
  expect(refusal(say({ tag: 'b.one', text: '12.5 bar' }))).toBeUndefined();
});

it('a text may be 4 KiB of UTF-8 long and no longer', () => {
  expect(refusal(say({ text: 'é'.repeat(2_048) }))).toBeUndefined();
  expect(refusal(say({ text: 'é'.repeat(2_049) }))).toBe('too_large');
  expect(refusal(say({ text: '\u0000'.repeat(1_365) }))).toBeUndefined();
  expect(refusal(say({ text: '\u0000'.repeat(1_366) }))).toBe('too_large'); // three bytes each where they are kept
});

it('times and tags are judged as those of numbers', () => {
  expect(refusal(say({ at: NOW - 2 * 86_400_000 }))).toBe('too_old');
  expect(refusal(say({ at: NOW + 3_600_000 }))).toBe('too_new');
  expect(refusal(say({ at: Number.NaN }))).toBe('invalid_time');
  expect(refusal(say({ tag: 'nonsense' }))).toBe('invalid_tag');
  const { kept, refused } = judge([say({ tag: 'b.one' }), say({ tag: 'b.two' })]);
  expect(kept.map(({ tag }) => tag)).toEqual(['b.one']);
  expect(refused).toMatchObject([{ index: 1, code: 'adopt_limit' }]);
});

it('a text that is not kept uses up nothing of what a source may adopt', () => {
  const context = contextOf();
  expect(refusal(say({ tag: 'b.one', text: 'x'.repeat(5_000) }), context)).toBe('too_large');
  expect(refusal(say({ tag: 'b.two' }), context)).toBeUndefined();
});

it('what the database cannot keep becomes the replacement character', () => {
  expect(judge([say({ text: 'a\u0000b\ud800c😀' })]).kept[0]!.text).toBe('a\ufffdb\ufffdc😀');
});

it('a historical text carries the code of history, one from the near future is uncertain', () => {
  const { kept } = judge([say({ historical: true }), say({ at: NOW + 120_000 })]);
  expect(kept).toMatchObject([{ code: StatusCode.goodEntryInserted, historical: true }, { quality: 'uncertain' }]);
});

it('with a deadband a text is kept when it changes and once in a heartbeat', () => {
  const at = (ms: number, text: string) => say({ tag: 'a.recipe', at: NOW - 60_000 + ms, text });
  const { kept, unchanged } = judge([at(0, 'A'), at(1, 'A'), at(2, 'B'), at(3, 'B'), at(10_002, 'B'), at(10_003, 'A')]);
  expect(kept.map((each) => each.at - NOW + 60_000)).toEqual([0, 2, 10_002, 10_003]);
  expect(unchanged).toHaveLength(2);
});
