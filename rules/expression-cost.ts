import type { ASTNode } from '@marcbachmann/cel-js';
import { TAG_FUNCTIONS } from './expression-calls.ts';
import { instructionsOf, type Patterns } from './expression-patterns.ts';

/** Most that one evaluation may take, in steps: about a millisecond. */
export const MAX_STEPS = 100_000;

/**
 * The first part of an expression that can take more than `MAX_STEPS` for one reading or make a value larger than that, whatever
 * the readings are; `null` when none can. A step is one operation on one number, character, byte or list element.
 *
 * All that an expression reads has a known size (a reading is a number, a quality a word), so the worst case follows from
 * the text alone. That takes nothing at evaluation, and bounds the types that the checker builds, too: call it before
 * the types are checked. Method: cost estimation as in cel-go's `checker/cost.go`.
 */
export function findTooCostly(root: ASTNode, patterns: Patterns): ASTNode | null {
  let found: ASTNode | null = null;

  const bound = (node: ASTNode, scope: Scope): Bound => {
    const result = boundOf(node, { scope, patterns, walk: (child, inner = scope) => bound(child, inner) });
    if (found === null && (result.steps > MAX_STEPS || result.size.weight > MAX_STEPS)) found = node;
    return result;
  };
  bound(root, new Map());
  return found;
}

/** How large a value can be. */
interface Size {
  /** Numbers, characters and bytes in all. */
  readonly weight: number;
  /** Its characters, bytes, elements or entries. */
  readonly count: number;
  /** The weight of the largest of them. */
  readonly each: number;
}

interface Bound {
  readonly size: Size;
  readonly steps: number;
}

/** The variables of `cel.bind()` and of comprehensions. */
type Scope = ReadonlyMap<string, Size>;

type Method = Extract<ASTNode, { op: 'rcall' }>['args'];

interface Around {
  readonly scope: Scope;
  readonly patterns: Patterns;
  /** The bound of a node below, which may see more variables. */
  readonly walk: (child: ASTNode, scope?: Scope) => Bound;
}

const SCALAR: Size = { weight: 1, count: 1, each: 1 };
/** Of `quality()` the longest answer. */
const LONGEST_QUALITY = 'uncertain'.length;
/** Looking up a time zone takes some 100 µs. */
const ZONE_STEPS = 10_000;
/** Slices of a window. */
const WINDOW_STEPS = 60;

/** Functions that answer with one number, time, type, or true or false. */
export const SCALAR_FUNCTIONS: ReadonlySet<string> = new Set([
  ...['abs', 'all', 'at', 'bool', 'contains', 'double', 'duration', 'endsWith', 'exists', 'exists_one', 'getDate'],
  ...['getDayOfMonth', 'getDayOfWeek', 'getDayOfYear', 'getFullYear', 'getHours', 'getMilliseconds', 'getMinutes'],
  ...['getMonth', 'getSeconds', 'has', 'hasValue', 'indexOf', 'int', 'lastIndexOf', 'matches', 'size', 'startsWith'],
  ...['timestamp', 'type', 'uint'],
]);

/** Functions whose answer has up to so many times the characters or bytes of what they are given. */
export const GROWTH: ReadonlyMap<string, number> = new Map([
  ...(['dyn', 'filter', 'json', 'none', 'of', 'or', 'orValue', 'string', 'substring', 'trim', 'value'] as const).map(
    (name) => [name, 1] as const,
  ),
  ...(['base64', 'hex', 'split'] as const).map((name) => [name, 2] as const),
  ...(['bytes', 'lowerAscii', 'upperAscii'] as const).map((name) => [name, 3] as const), // İ becomes two characters, ﬃ three
]);

/** A function that nobody here knows of may do worse than any that is known. */
const UNKNOWN_GROWTH = 4;
/** Digits of a number as text. */
const NUMBER_LENGTH = 32;

/** Functions that compare each place of one text with all of another. */
const SEARCHES: ReadonlySet<string> = new Set(['contains', 'indexOf', 'lastIndexOf', 'split']);

function boundOf(node: ASTNode, around: Around): Bound {
  const { scope, walk } = around;
  switch (node.op) {
    case 'value':
      return { size: sizeOfLiteral(node.args), steps: 1 };
    case 'id':
      return { size: scope.get(node.args) ?? SCALAR, steps: 1 };
    case '.':
    case '.?':
      return elementOf([walk(node.args[0])]);
    case '[]':
    case '[?]':
      return elementOf(node.args.map((child) => walk(child)));
    case 'list':
      return collect(node.args.map((child) => walk(child)));
    case 'map':
      return collect(node.args.flat().map((child) => walk(child)));
    case '?:': {
      const [condition, yes, no] = node.args.map((child) => walk(child)) as [Bound, Bound, Bound]; // it has three
      return { size: largest(yes.size, no.size), steps: 1 + condition.steps + Math.max(yes.steps, no.steps) };
    }
    case '!_':
    case '-_':
      return { size: SCALAR, steps: 1 + walk(node.args).steps };
    case 'call':
      return boundOfCall(
        node.args[0],
        node.args[1].map((child) => walk(child)),
      );
    case 'rcall':
      return boundOfMethod(node.args, around);
    default: {
      const [left, right] = node.args.map((child) => walk(child)) as [Bound, Bound]; // a binary operator
      const size = node.op === '+' ? together(left.size, right.size) : SCALAR;
      return { size, steps: 1 + handled([left, right]) };
    }
  }
}

function boundOfMethod(call: Method, { scope, patterns, walk }: Around): Bound {
  const [name, receiver, args] = call;
  const [first, second, third] = args;
  if (name === 'bind' && first?.op === 'id' && second !== undefined && third !== undefined) {
    const bound = walk(second);
    const body = walk(third, new Map([...scope, [first.args, bound.size]]));
    return { size: body.size, steps: 1 + bound.steps + body.steps };
  }
  const given = walk(receiver);
  if (COMPREHENSIONS.has(name) && first?.op === 'id') {
    const inner = new Map([...scope, [first.args, elementOf([given]).size]]);
    const each = args.slice(1).map((child) => walk(child, inner));
    const steps = 1 + handled([given]) + given.size.count * (1 + handled(each));
    const made = each.at(-1)?.size ?? SCALAR;
    if (name === 'map') return { size: listOf(given.size.count, made.weight), steps };
    return { size: name === 'filter' ? given.size : SCALAR, steps };
  }
  const instructions = instructionsOf(call, patterns);
  if (instructions !== null) return { size: SCALAR, steps: 1 + given.steps + (1 + given.size.count) * instructions };
  return boundOfCall(name, [given, ...args.map((child) => walk(child))]);
}

/** The words that take a list and something to do with each element. */
export const COMPREHENSIONS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

function boundOfCall(name: string, given: readonly Bound[]): Bound {
  const [first, second] = given.map(({ size }) => size);
  const steps = 1 + handled(given) + extraSteps(name, given);
  if (TAG_FUNCTIONS.includes(name)) return { size: name === 'quality' ? textOf(LONGEST_QUALITY) : SCALAR, steps };
  if (SCALAR_FUNCTIONS.has(name) || first === undefined) return { size: SCALAR, steps };
  if (name === 'join') {
    const size = textOf(first.weight + first.count * (second?.weight ?? 0));
    return { size, steps: steps + size.weight };
  }
  const length = first.weight * (GROWTH.get(name) ?? UNKNOWN_GROWTH) + (name === 'string' ? NUMBER_LENGTH : 0);
  if (name === 'split') return { size: { weight: length + 2, count: first.count + 1, each: first.weight }, steps };
  return { size: { weight: length, count: length, each: first.each }, steps };
}

function extraSteps(name: string, given: readonly Bound[]): number {
  const [first = SCALAR, second = SCALAR] = given.map(({ size }) => size);
  if (SEARCHES.has(name)) return first.weight * second.weight;
  if (name.startsWith('get') && given.length > 1) return ZONE_STEPS;
  return TAG_FUNCTIONS.includes(name) && given.length > 1 ? WINDOW_STEPS : 0;
}

/** What it takes to make these and to look at all of them. */
function handled(parts: readonly Bound[]): number {
  return parts.reduce((sum, { size, steps }) => sum + size.weight + steps, 0);
}

function sizeOfLiteral(value: unknown): Size {
  if (typeof value === 'string' || value instanceof Uint8Array) return textOf(value.length);
  return SCALAR;
}

function textOf(length: number): Size {
  return { weight: Math.max(1, length), count: length, each: 1 };
}

function listOf(count: number, each: number): Size {
  return { weight: 1 + count * each, count, each };
}

function collect(parts: readonly Bound[]): Bound {
  const weights = parts.map(({ size }) => size.weight);
  const size = { weight: 1 + sumOf(weights), count: parts.length, each: Math.max(1, ...weights) };
  return { size, steps: 1 + handled(parts) };
}

function elementOf(parts: readonly Bound[]): Bound {
  const each = parts[0]?.size.each ?? 1;
  return { size: { weight: each, count: each, each }, steps: 1 + sumOf(parts.map(({ steps }) => steps)) };
}

function together(a: Size, b: Size): Size {
  return { weight: a.weight + b.weight, count: a.count + b.count, each: Math.max(a.each, b.each) };
}

function largest(a: Size, b: Size): Size {
  return {
    weight: Math.max(a.weight, b.weight),
    count: Math.max(a.count, b.count),
    each: Math.max(a.each, b.each),
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
