/** A word or sign of another language in an expression: where it stands, counted from 0, and what CEL writes. */
export interface ExpressionSlip {
  readonly offset: number;
  readonly message: string;
}

/** What people write, and how to write it; the first that fits a place counts. */
const SLIPS: readonly { readonly pattern: RegExp; readonly say: (written: string) => string }[] = [
  { pattern: /\b(?:and|und)\b/giu, say: (word) => `"${word}" is written &&` },
  { pattern: /\b(?:or|oder)\b/giu, say: (word) => `"${word}" is written ||` },
  { pattern: /\b(?:not|nicht)\b/giu, say: (word) => `"${word}" is written !` },
  { pattern: /\b(?:TRUE|True|FALSE|False)\b/gu, say: (word) => `"${word}" is written ${word.toLowerCase()}` },
  { pattern: /\bbetween\b/giu, say: () => '"between" is written as two comparisons: a >= 1 && a <= 2' },
  { pattern: /<>|≠/gu, say: (sign) => `"${sign}" is written !=` },
  { pattern: /=>|≥/gu, say: (sign) => `"${sign}" is written >=` },
  { pattern: /=<|≤/gu, say: (sign) => `"${sign}" is written <=` },
  { pattern: /(?<![=<>!])=(?!=)/gu, say: () => '"=" is written ==' },
  { pattern: /(?<!&)&(?!&)/gu, say: () => '"&" is written &&' },
  { pattern: /(?<!\|)\|(?!\|)/gu, say: () => '"|" is written ||' },
  { pattern: /[“”„‘’‚«»]/gu, say: (sign) => `"${sign}" is no quotation mark here: write " or '` },
  {
    pattern: /\d+,\d+/gu,
    say: (written) => `"${written}" has a comma: a decimal has a point, ${written.replace(',', '.')}`,
  },
];

/**
 * Finds what somebody meant who wrote a condition the way another language does (`and`, `=`, `<>`, `80,5`), at the place where the
 * parser stopped; `null` where it is none of these. What stands in quotes is left alone.
 */
export function findSlip(text: string, offset: number): ExpressionSlip | null {
  const bare = text.replaceAll(/"[^"]*"|'[^']*'/gu, (quoted) => ' '.repeat(quoted.length));
  for (const { pattern, say } of SLIPS) {
    for (const { 0: written, index } of bare.matchAll(pattern)) {
      // The parser stops at the slip, or at the first sign behind it that cannot follow.
      const reach = index + written.length + /^\s*/u.exec(bare.slice(index + written.length))![0].length;
      if (offset >= index && offset <= reach) return { offset: index, message: say(written) };
    }
  }
  return null;
}
