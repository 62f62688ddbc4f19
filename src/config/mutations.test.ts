import { describe, expect, it } from 'vitest';
import { exampleText, loadText as loadWithSecrets, SECRET } from './cases/load-text.ts';

/** More: MUTATIONS=2000. */
const COUNT = Number(process.env['MUTATIONS'] ?? 200);

/** Words that the reader knows nothing about: names that people gave, and places on devices. */
const FREE =
  /^(name|timezone|(sources|assets|tags|rules|endpoints)\.\d+\.(id|name|asset|rule|parent|class|failureMode)|sources\.\d+\.(config|bindings)\..*|rules\.\d+\.workOrder\.failureMode|endpoints\.\d+\.(url|secret))$/;

/** The example without its comments, and with what it lacks: a condition over windows, latch, re-alarm. */
const text = exampleText
  .slice(exampleText.indexOf('plant:'))
  .replaceAll(/\s+#.*$/gm, '')
  .replace(
    'notify:',
    `  press-1-hot:
    on: press-1.temperature
    detect: expression
    with: { alarm: 'avg("press-1.temperature", 10m) > 80.0 && quality("press-1.speed") == "good"' }
    when: since("press-1.speed") < 5m || rate("press-1.load", 1h) > 1.0
    latch: true
    reAlarm: 8h
    workOrder: none

notify:`,
  );

/** Only the secret that the example names is there. */
function loadText(plant: string) {
  const readSecret = (path: string) => {
    if (path.endsWith('/run/secrets/cmms')) return SECRET;
    throw new Error(`there is no file ${path}`);
  };
  return loadWithSecrets(plant, { readSecret });
}

/** A small random generator (mulberry32): the same mutations on every machine. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One typing mistake in one word: a letter left out, doubled, replaced, or swapped with the next. */
function mistype(word: string, random: () => number): string {
  const at = Math.floor(random() * (word.length - 1));
  const [before, letter, next, after] = [word.slice(0, at), word[at]!, word[at + 1]!, word.slice(at + 2)];
  switch (Math.floor(random() * 4)) {
    case 0:
      return before + next + after;
    case 1:
      return before + letter + letter + next + after;
    case 2:
      return before + (letter === 'q' ? 'x' : 'q') + next + after;
    default:
      return before + next + letter + after;
  }
}

/** Every value of a plant with the path to it. */
function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, path === '' ? key : `${path}.${key}`));
}

describe('a typing mistake in any word of a plant file', () => {
  it('is told, or is seen in the plant as a name that people gave; nothing else changes its meaning', () => {
    const original = loadText(text);
    if (!original.ok) throw new Error(JSON.stringify(original.problems));
    const known = new Map(leaves(original.plant));
    const words = [...text.matchAll(/[A-Za-z]{2,}/g)];
    const random = generator(5);
    let told = 0;
    for (let i = 0; i < COUNT; i++) {
      const { index, 0: word } = words[Math.floor(random() * words.length)]!;
      const wrong = mistype(word, random);
      if (wrong === word) continue;
      const mutated = text.slice(0, index) + wrong + text.slice(index + word.length);
      const loaded = loadText(mutated);
      const what = `${word} → ${wrong} in line ${text.slice(0, index).split('\n').length}`;
      const said = loaded.ok ? loaded.warnings : loaded.problems;
      if (!loaded.ok || said.length > original.warnings.length) {
        told++;
        for (const { line, column, message } of said) {
          expect(message.length, what).toBeGreaterThan(10);
          expect(line, what).toBeLessThanOrEqual(mutated.split('\n').length);
          expect(column, what).toBeGreaterThan(0);
        }
        continue;
      }
      const changed = leaves(loaded.plant).filter(([path, value]) => known.get(path) !== value);
      expect(changed.length, `${what} was accepted without a trace`).toBeGreaterThan(0);
      for (const [path, value] of changed) expect(path, `${what} made ${path} ${String(value)}`).toMatch(FREE);
    }
    expect(told).toBeGreaterThan(COUNT / 2);
  }, 60_000);
});
