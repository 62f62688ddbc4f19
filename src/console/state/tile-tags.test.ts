import { expect, test } from 'vitest';
import type { Alert, Tag } from '../api.generated.ts';
import { knownOf, tellingTags, tileTags, valuedTags } from './tile-tags.ts';

const tag = (name: string, limit: number | null = null): Tag => ({
  name,
  asset: 'pump-1',
  type: null,
  unit: null,
  says: null,
  source: null,
  range: null,
  latest: null,
  limits: limit === null ? [] : [{ rule: 'r', level: 'H', value: limit }],
});

const names = (tags: readonly Tag[]) => tags.map((one) => one.name);
const alertOn = (name: string) => ({ tag: name }) as Alert; // only the tag is looked at

test('a tile shows tags with limits before others, in the order of the plant', () => {
  const tags = [tag('a'), tag('b', 1), tag('c'), tag('d', 1), tag('e'), tag('f', 1)];
  expect(names(tileTags(tags, []))).toEqual(['a', 'b', 'd', 'f']);
});

test('a tile shows what is measured before what is made of it', () => {
  const from = (name: string) => ({ ...tag(name), source: 'hall-plc' });
  const tags = [tag('de.1x'), tag('de.2x'), from('load'), from('speed'), tag('vibration', 1)];
  expect(names(tileTags(tags, []))).toEqual(['de.1x', 'load', 'speed', 'vibration']);
});

test('a tile shows what is made in a unit before the place of a hot spot', () => {
  const warm = (name: string) => ({ ...tag(name), unit: 'Cel' });
  const tags = [tag('hotspot_x'), tag('hotspot_y'), warm('l1'), warm('l2'), warm('l3')];
  expect(names(tileTags(tags, []))).toEqual(['hotspot_x', 'l1', 'l2', 'l3']);
});

test('the tag of waveforms has no value of its own, unlike a tag that has not been heard of yet', () => {
  const from = (name: string) => ({ ...tag(name), source: 'sensors' });
  const tags = [from('de'), tag('de.1x'), from('oil'), from('oil.pressure')];
  expect(names(valuedTags(tags))).toEqual(['de.1x', 'oil', 'oil.pressure']);
});

test('a tag with an alert is on the tile although it would not fit', () => {
  const tags = [tag('a', 1), tag('b', 1), tag('c', 1), tag('d', 1), tag('e')];
  expect(names(tileTags(tags, [alertOn('e')]))).toEqual(['a', 'b', 'c', 'e']);
});

test('more alerts than places leave the tile full, not longer', () => {
  const tags = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => tag(name));
  expect(
    tileTags(
      tags,
      tags.map((one) => alertOn(one.name)),
    ),
  ).toHaveLength(4);
});

test('what is known of an asset is told by what is measured, and by what is made of it where that is all', () => {
  const measured = { ...tag('load'), source: 'hall-plc' };
  expect(names(tellingTags([tag('de.1x'), measured]))).toEqual(['load']);
  expect(names(tellingTags([tag('de.1x'), tag('de.2x')]))).toEqual(['de.1x', 'de.2x']);
});

test('an asset is normal only as far as its readings can be trusted', () => {
  expect(knownOf(['good', 'uncertain'])).toBe('all');
  expect(knownOf(['good', 'bad'])).toBe('part');
  expect(knownOf(['bad', 'bad'])).toBe('none');
  expect(knownOf([])).toBe('none');
});
