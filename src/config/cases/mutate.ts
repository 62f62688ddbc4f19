import type { Problem } from '../problems.ts';
import { exampleText, loadText } from './load-text.ts';

/** Marks, in a replacement, the character that the problem must point at. */
const HERE = '‸';

/** The example with one part replaced, and the line and column (from 1) of the mark in the replacement. */
export function mutate(
  part: string,
  replacement: string,
): { readonly text: string; readonly line: number; readonly column: number } {
  const start = exampleText.indexOf(part);
  if (start < 0 || exampleText.indexOf(part, start + 1) >= 0) throw new Error(`not there exactly once: ${part}`);
  const marked = exampleText.replace(part, () => replacement);
  const before = marked.slice(0, marked.indexOf(HERE)).split('\n');
  return { text: marked.replace(HERE, ''), line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** What is wrong with a plant file. */
export function problemsOf(text: string): readonly Problem[] {
  const loaded = loadText(text);
  return loaded.ok ? [] : loaded.problems;
}
