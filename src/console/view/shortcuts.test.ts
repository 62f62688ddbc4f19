import { expect, test } from 'vitest';
import { shortcutOf } from './shortcuts.ts';

const press = (key: string, change: { isModified?: boolean; focus?: string } = {}) =>
  shortcutOf({ key, isModified: false, focus: 'BODY', ...change });

test('a, j, k, ? and Esc have a meaning, other keys have none', () => {
  expect(['a', 'j', 'k', '?', 'Escape', 'x'].map((key) => press(key))).toEqual([
    'acknowledge',
    'next',
    'previous',
    'help',
    'back',
    null,
  ]);
});

test('a letter typed into a field is a letter', () => {
  expect(press('a', { focus: 'INPUT' })).toBeNull();
  expect(press('?', { focus: 'TEXTAREA' })).toBeNull();
});

test('Esc in a field does not throw away what was typed', () => {
  expect(press('Escape', { focus: 'INPUT' })).toBeNull();
});

test('a key with Ctrl, Alt or Meta belongs to the browser', () => {
  expect(press('a', { isModified: true })).toBeNull();
});
