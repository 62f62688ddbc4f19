/** A word is about so wide for each of its letters, px. */
export const LETTER = 6.4;
/** From one line of a note to the next, px. */
export const NOTE_LINE = 16;

/** Breaks words into lines of at most so many letters; a longer word has a line of its own. */
export function wrap(words: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > letters) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Words at a place of a picture, px; `look` names classes of the style. */
export function text(x: number, y: number, look: string, words: string): string {
  return `<text class="${look}" x="${x.toFixed(1)}" y="${y.toFixed(1)}">${escapeXml(words)}</text>`;
}

/** Makes text of whatever a name holds; characters that XML does not allow become a replacement character. */
export function escapeXml(words: string): string {
  const allowed = words.replaceAll(/[\p{Cc}\p{Cs}]/gu, '\uFFFD');
  return allowed.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The style of every picture's page and words, in the colours of whoever looks at it: light or dark. */
export const PAPER = `
:root{--page:#f4f6f7;--text:#1a2329;--muted:#53606a;--grid:#dde2e5;--line:#35586d;--other:#b0792e;--band:rgb(53 110 80/.2);--high:#a03c00;--extreme:#b1001d}
@media(prefers-color-scheme:dark){:root{--page:#192127;--text:#e4eaee;--muted:#9dabb5;--grid:#28333b;--line:#9cc0d6;--other:#d9a55c;--band:rgb(120 200 155/.2);--high:#ffae70;--extreme:#ff949d}}
text{font:12px "Segoe UI",Roboto,Arial,sans-serif;fill:var(--muted)}.title{font-size:15px;font-weight:600;fill:var(--text)}
.end{text-anchor:end}.middle{text-anchor:middle}.name{font-size:11px;font-weight:600;fill:var(--text)}
.page{fill:var(--page)}`;
