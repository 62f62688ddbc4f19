import type { YAMLError } from 'yaml';

/** One error of the YAML parser, and where in the text it stands. */
export interface SyntaxError {
  readonly code: YAMLError['code'];
  readonly message: string;
  readonly at: number;
}

/** What looks like a blank and is none, in the indentation of a line. */
const FALSE_BLANK = /^[ \t]*[\u00a0\u2000-\u200b\u202f\u3000]/u;

/**
 * What is wrong in the words of somebody who writes plant files, with what to write; the parser's own words where there are no
 * better ones.
 */
export function saySyntax({ code, message, at }: SyntaxError, text: string): string {
  const { start, line, next, before } = linesAt(text, at);
  if (FALSE_BLANK.test(line) || FALSE_BLANK.test(next))
    return 'a no-break space stands in the indentation: write plain blanks';
  const rest = text.slice(at, start + line.length);
  switch (code) {
    case 'MULTIPLE_DOCS':
      return 'a plant file holds one document: remove the line "---"';
    case 'TAB_AS_INDENT':
      return 'tabs are not allowed as indentation: write blanks';
    case 'BAD_SCALAR_START':
      return sayLeading(rest);
    case 'TAG_RESOLVE_FAILED':
      return sayLeading(rest);
    case 'BLOCK_AS_IMPLICIT_KEY':
      return sayTwoKeys(line, next, rest) ?? lowerFirst(message);
    case 'BAD_INDENT':
      return sayIndent(message, line, before);
    case 'BLOCK_IN_FLOW':
      return `inside { } and [ ] a comma stands between entries${rest.includes(';') ? ', not a semicolon' : ', and a text with ": " in it in quotes'}`;
    case 'MULTILINE_IMPLICIT_KEY':
      return sayNoKey(line) ?? lowerFirst(message);
    case 'MISSING_CHAR':
      return sayMissing(message, text.slice(start, at), line);
    case 'UNEXPECTED_TOKEN':
      return sayUnexpected(message, line, text.slice(start, at));
    default:
      return lowerFirst(message);
  }
}

function linesAt(text: string, at: number) {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const [line = '', next = ''] = text.slice(start, start + 4_000).split(/\r?\n/u, 2);
  const before =
    text
      .slice(Math.max(0, start - 4_000), start)
      .trimEnd()
      .split(/\r?\n/u)
      .at(-1) ?? '';
  return { start, line, next, before };
}

/** For a plain text, `written` from its first sign on, that begins with one that YAML keeps for itself: `% @ ! *`. */
export function sayLeading(written: string): string {
  const value = /^(?:[^,}\]\n(]|\([^)\n]*\))*/u.exec(written.replace(/\s#.*$/su, ''))![0].trim();
  return `a text that begins with "${written.charAt(0)}" must be in quotes: ${quoted(value)}`;
}

function sayMissing(message: string, before: string, line: string): string {
  const quote = /^missing closing (["'])/iu.exec(message)?.[1];
  if (quote !== undefined) return `a text that begins with ${quote} must end with one, too`;
  const sign = /[\s:]([!&*]\S*)$/u.exec(before)?.[1];
  return sign === undefined ? lowerFirst(message) : sayLeading(line.slice(before.length - sign.length));
}

/** A value that holds `: `, or whose next line stands farther right. */
function sayTwoKeys(line: string, next: string, rest: string): string | null {
  if (/:\s/u.test(rest))
    return `a text with ": " in it must be in quotes: ${quoted(rest.replace(/\s#.*$/u, '').trim())}`;
  const isDeeper = indentOf(next) > indentOf(line);
  return isDeeper
    ? `the next line stands ${indentOf(next) - indentOf(line)} farther right than this one: keys of the same map begin in the same column`
    : null;
}

function sayIndent(message: string, line: string, before: string): string {
  if (/^flow (map|sequence)/iu.test(message)) {
    const [opening, closing] = /^flow map/iu.test(message) ? ['{', '}'] : ['[', ']'];
    return `the "${opening}" above has no "${closing}" before this line`;
  }
  const glued = /^\s*(?:- )?([\w-]+):(?![\s/])(\S+)\s*(?:#.*)?$/u.exec(before);
  if (glued) return `a blank is missing behind the colon of the line above: ${glued[1]}: ${glued[2]}`;
  return `this line begins in column ${indentOf(line) + 1}, where none above it does: keys of the same map begin in the same column`;
}

/** A line that should be a key and a value. */
function sayNoKey(line: string): string | null {
  const [, key, sign, value] = /^\s*(?:- )?([\w-]+)\s*([:=])\s*(\S.*)$/u.exec(line) ?? [];
  if (key === undefined) return null;
  const what = sign === ':' ? 'a blank is missing behind the colon' : 'a key is followed by a colon';
  return `${what}: ${key}: ${value}`;
}

function sayUnexpected(message: string, line: string, before: string): string {
  if (/[^"']\$\{/u.test(line)) return `${lowerFirst(message)}: inside { } a variable is written in quotes, "\${NAME}"`;
  const closed = /(["}\]'])\s*$/u.exec(before)?.[1];
  if (/scalar/u.test(message) && closed !== undefined)
    return `text goes on behind the ${closed}: put the whole of it in quotes`;
  if (/block-seq-ind/u.test(message)) return 'a list begins on a line of its own: write its "- " below the key';
  return lowerFirst(message);
}

/** In the quotes that need no escapes. */
function quoted(text: string): string {
  return text.includes('"') ? `'${text.replaceAll("'", "''")}'` : `"${text}"`;
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
