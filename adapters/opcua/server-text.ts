const MAX_LENGTH = 80;
const MAX_TEXTS = 8;

/** A text that a server gave, as our messages may carry it: short, and on one line. */
export function said(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  const line = text.slice(0, MAX_LENGTH + 1).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

/** The same of several texts, each once and the first few. */
export function saidAll(texts: readonly string[]): string {
  const each = [...new Set(texts.slice(0, 1_000).map(said))];
  const more = each.length > MAX_TEXTS ? ` and ${each.length - MAX_TEXTS} more` : '';
  return each.slice(0, MAX_TEXTS).join(', ') + more;
}
