import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { parseDuration } from '../src/model/duration.ts';
import { QUALITIES, type Quality } from '../src/model/reading.ts';
import type { WindowCall } from './window/signal.ts';
import { WINDOW_FUNCTIONS, type WindowFunction } from './window/window.ts';

/** What an expression may ask about tags, besides their newest good values. */
export interface Signals {
  /** `null`: less than half of the window is known. */
  window(call: WindowCall): number | null;
  quality(tag: string): Quality | 'missing';
  /** Since the newest good reading; `null` when there was none. */
  sinceMs(tag: string): number | null;
}

/** One call in an expression that reads a tag. */
export type TagCall =
  | { readonly ask: 'tag' | 'quality' | 'since'; readonly tag: string; readonly start: number }
  | ({ readonly start: number } & WindowCall);

/** Why a call cannot be used, with the offset of what is wrong in it. */
export interface CallProblem {
  readonly message: string;
  readonly offset: number;
}

/** The functions that read tags, for "did you mean". */
export const TAG_FUNCTIONS: readonly string[] = ['tag', 'quality', 'since', ...WINDOW_FUNCTIONS];

const SHORTEST_WINDOW_MS = 1_000;
const LONGEST_WINDOW_MS = 31 * 86_400_000;
const DURATION = 'google.protobuf.Duration';

/** The values that the calls of one evaluation answer with, by `keyOf`. */
export type Answers = Map<string, number | string | object>;

/** Where the answer to a call lies. */
export function keyOf(call: TagCall): string {
  return 'windowMs' in call ? windowKey(call.ask, call.tag, call.windowMs) : `${call.ask}|${call.tag}`;
}

/** Makes the functions that `text` may call known: each looks its answer up. Registering them all takes milliseconds. */
export function registerCalls(environment: Environment, text: string, answers: Answers): void {
  environment.registerFunction('tag(string): double', (tag: string) => answers.get(`tag|${tag}`));
  if (text.includes('quality'))
    environment.registerFunction('quality(string): string', (tag: string) => answers.get(`quality|${tag}`));
  if (text.includes('since'))
    environment.registerFunction(`since(string): ${DURATION}`, (tag: string) => answers.get(`since|${tag}`));
  for (const ask of WINDOW_FUNCTIONS.filter((name) => text.includes(name))) {
    environment.registerFunction(`${ask}(string, ${DURATION}): double`, (tag: string, window: { valueOf(): number }) =>
      answers.get(windowKey(ask, tag, window.valueOf())),
    );
    environment.registerFunction(`${ask}(string, string): double`, (tag: string, window: string) =>
      answers.get(windowKey(ask, tag, parseDuration(window) ?? 0)),
    );
  }
}

/** Reads a node that calls one of our functions; `null` for any other node. */
export function readCall(node: ASTNode): TagCall | CallProblem | null {
  if (node.op !== 'call') return null;
  const [name, args] = node.args;
  if (!TAG_FUNCTIONS.includes(name)) return null;
  const [tag, window] = args;
  const ask = WINDOW_FUNCTIONS.find((each) => each === name);
  const example = ask === undefined ? `${name}("pump-1.speed")` : `${name}("pump-1.speed", 10m)`;
  if (tag?.op !== 'value' || typeof tag.args !== 'string' || args.length !== (ask === undefined ? 1 : 2)) {
    const wants = ask === undefined ? 'one name in quotes' : 'one name in quotes and a duration';
    return { message: `${name}() takes ${wants}, such as ${example}`, offset: tag?.start ?? node.start };
  }
  if (ask === undefined) return { ask: name as 'tag' | 'quality' | 'since', tag: tag.args, start: tag.start }; // of TAG_FUNCTIONS the rest
  return readWindow(ask, { tag: tag.args, start: tag.start, window: window!, example }); // there are two arguments
}

const QUALITY_WORDS: readonly string[] = [...QUALITIES, 'missing'];

/** What is wrong with a comparison of a quality: with a word that is none it would be false for ever. */
export function refuseQuality(node: ASTNode): CallProblem | null {
  if (node.op !== '==' && node.op !== '!=') return null;
  const [left, right] = node.args;
  const [call, word] = left.op === 'call' ? [left, right] : [right, left];
  if (call.op !== 'call' || call.args[0] !== 'quality' || word.op !== 'value') return null;
  if (typeof word.args !== 'string' || QUALITY_WORDS.includes(word.args)) return null;
  return { message: `"${word.args}" is no quality: there are ${QUALITY_WORDS.join(', ')}`, offset: word.start };
}

/** Makes a CEL duration, for `since`. */
export function celDuration(): (ms: number) => object {
  const program = new Environment().registerVariable('text', 'string').parse('duration(text)');
  return (ms) => program({ text: `${Math.round(ms)}ms` });
}

function readWindow(
  ask: WindowFunction,
  call: { readonly tag: string; readonly start: number; readonly window: ASTNode; readonly example: string },
): TagCall | CallProblem {
  const { tag, start, window, example } = call;
  const windowMs = durationOf(window);
  if (windowMs === null) {
    return { message: `the window of ${ask}() is a written duration, such as ${example}`, offset: window.start };
  }
  if (windowMs < SHORTEST_WINDOW_MS || windowMs > LONGEST_WINDOW_MS) {
    return { message: `the window of ${ask}() must be from 1s to 31d`, offset: window.start };
  }
  return { ask, tag, windowMs, start };
}

/** A duration that is written out: `"10m"` or `duration("10m")`, which is also what `10m` is read as. */
function durationOf(node: ASTNode): number | null {
  if (node.op === 'value') return typeof node.args === 'string' ? parseDuration(node.args) : null;
  if (node.op !== 'call' || node.args[0] !== 'duration' || node.args[1].length !== 1) return null;
  return durationOf(node.args[1][0]!);
}

function windowKey(ask: WindowFunction, tag: string, windowMs: number): string {
  return `${ask}|${tag}|${windowMs}`;
}
