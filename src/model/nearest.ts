/** Longest word that is compared: what is longer is no typing mistake. */
const MAX_LENGTH = 200;

/**
 * Finds the word somebody probably meant, for a "did you mean": the candidate with the fewest typing mistakes, if they
 * are few enough for the length of the word. Upper and lower case count as equal.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > MAX_LENGTH) return null;
  const wanted = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance || candidate === word) continue;
    const mistakes = distance(wanted, candidate.toLowerCase(), bestDistance);
    if (mistakes < bestDistance && mistakes < word.length) {
      best = candidate;
      bestDistance = mistakes;
    }
  }
  return best;
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
