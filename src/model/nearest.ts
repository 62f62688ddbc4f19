/** Longest word that is compared: what is longer is no typing mistake. */
const MAX_LENGTH = 200;
/** Between the parts of a name: `class:pump.vibration`. */
const PARTS = /[.:]/;

/** Most typing mistakes in one part of a name: who makes more meant another word. */
const MOST_MISTAKES = 3;
/** Up to this length nearly every word has a neighbour: there the first letter must be right, or swapped with the second. */
const SHORT = 4;

/**
 * Finds the word somebody probably meant, for a "did you mean": the candidate with the fewest typing mistakes, if they
 * are few enough for the length of the word. Of a name in parts (`press-1.vibration`) each part must be near its own, so that
 * no tag is taken for that of another machine. Upper and lower case count as equal.
 * Source of the first letter: first letters are seldom wrong, E. J. Yannakoudakis, D. Fawthrop, Information Processing & Management 19(2), 1983.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > MAX_LENGTH) return null;
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    if (candidate === word) continue;
    const mistakes = mistakesIn(wanted, candidate.toLowerCase());
    if (mistakes === null || mistakes >= fewest) continue;
    best = candidate;
    fewest = mistakes;
  }
  return best;
}

/** Typing mistakes if a word was meant to be another one, `null` when they are too many for that. */
function mistakesIn(word: string, meant: string): number | null {
  const parts = word.split(PARTS);
  const meantParts = meant.split(PARTS);
  if (parts.length !== meantParts.length) return mistakesInPart(word, meant);
  let sum = 0;
  for (const [index, part] of parts.entries()) {
    const mistakes = mistakesInPart(part, meantParts[index]!); // as many parts
    if (mistakes === null) return null;
    sum += mistakes;
  }
  return sum;
}

function mistakesInPart(part: string, meant: string): number | null {
  if (part === meant) return 0;
  const most = Math.min(MOST_MISTAKES, Math.floor(part.length / 3));
  if (most === 0 || Math.abs(part.length - meant.length) > most) return null;
  if (part.length <= SHORT && !part.slice(0, 2).includes(meant.slice(0, 1))) return null;
  const mistakes = distance(part, meant, most + 1);
  return mistakes <= most ? mistakes : null;
}

/**
 * Typing mistakes between two words: insertions, deletions, substitutions and swaps of neighbours (Damerau–Levenshtein
 * distance in its "optimal string alignment" form). Gives up with `bound` as soon as it cannot be less than that.
 */
export function distance(a: string, b: string, bound: number = Number.POSITIVE_INFINITY): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1];
      let cost = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (isSame ? 0 : 1));
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) cost = Math.min(cost, beforeLast[column - 2]! + 1);
      current.push(cost);
    }
    if (Math.min(...current) >= bound && Math.min(...last) >= bound) return bound;
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}
