import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import { RE2JS, RE2JSException } from 're2js';
import type { CallProblem } from './expression-calls.ts';

/** A regular expression of `matches()`, ready to be used. */
export interface Pattern {
  /** Whether any part of a text matches; takes time in proportion to its length. */
  readonly test: (text: string) => boolean;
  /** Length of its program: at most so many operations for each character. */
  readonly instructions: number;
}

/** The patterns of one expression by how they are written. */
export type Patterns = Map<string, Pattern>;

/** Longest pattern, characters. */
const MAX_LENGTH = 100;
/** Longest program: one takes some 10 ms to make. */
const MAX_INSTRUCTIONS = 1_000;

/** Under this name, which nobody can write, CEL knows our `matches()`: its own can't be replaced. */
const LINEAR_MATCHES = 'matches ';

/** Makes the function behind `matches()` known. */
export function registerMatches(environment: Environment, patterns: Patterns): void {
  environment.registerFunction({
    name: LINEAR_MATCHES,
    receiverType: 'string',
    params: [{ name: 'pattern', type: 'string' }],
    returnType: 'bool',
    handler: (text: string, pattern: string) => patterns.get(pattern)!.test(text), // was put there by takePattern
  });
}

/**
 * Where a node calls `matches()`: puts its pattern among those of the expression and makes it call ours; says what is wrong
 * with it, `null` when nothing is. Ours has the syntax of RE2, as CEL's definition asks for, and takes time in proportion to the
 * text: JavaScript's own takes 2^n steps for `(a+)+$`.
 */
export function takePattern(node: ASTNode, patterns: Patterns): CallProblem | null {
  if (node.op !== 'rcall' || node.args[0] !== 'matches') return null;
  const [pattern, ...more] = node.args[2];
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string' || more.length > 0) {
    const message = 'matches() takes one pattern in quotes, such as matches("^4[0-9]+$")';
    return { message, offset: pattern?.start ?? node.start };
  }
  const made = compilePattern(pattern.args);
  if (typeof made === 'string') return { message: made, offset: pattern.start };
  patterns.set(pattern.args, made);
  node.args[0] = LINEAR_MATCHES;
  return null;
}

/** How many operations a call of ours takes for each character; `null` when the node is no such call. */
export function instructionsOf(
  [name, , args]: Extract<ASTNode, { op: 'rcall' }>['args'],
  patterns: Patterns,
): number | null {
  const [pattern] = args;
  if (name !== LINEAR_MATCHES || pattern?.op !== 'value') return null;
  return patterns.get(String(pattern.args))?.instructions ?? null;
}

function compilePattern(text: string): Pattern | string {
  if (text.length > MAX_LENGTH) return `the pattern of matches() is longer than ${MAX_LENGTH} characters`;
  try {
    const program = RE2JS.compile(text);
    const instructions = program.programSize();
    if (instructions > MAX_INSTRUCTIONS)
      return `the pattern of matches() repeats too much: it comes to ${instructions} steps`;
    return { test: (subject) => program.test(subject), instructions };
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    return `the pattern of matches() is wrong: ${error.message.replace(/^error parsing regexp: /, '')}`;
  }
}
