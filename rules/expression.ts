import {
  type ASTNode,
  TypeError as CelTypeError,
  Environment,
  EvaluationError,
  ParseError,
} from '@marcbachmann/cel-js';
import {
  type Answers,
  celDuration,
  keyOf,
  readCall,
  refuseQuality,
  registerCalls,
  type Signals,
  type TagCall,
} from './expression-calls.ts';
import { COMPREHENSIONS, findTooCostly, MAX_STEPS } from './expression-cost.ts';
import { type Patterns, registerMatches, takePattern } from './expression-patterns.ts';
import { findSlip } from './expression-slips.ts';
import { refuseZone } from './expression-zones.ts';
import { rewriteDurations } from './window/duration-literals.ts';

export { type Signals, TAG_FUNCTIONS, type TagCall } from './expression-calls.ts';

/** An expression that can be evaluated; made by `compileCondition` or `compileNumber`. */
export interface Expression<T> {
  readonly ok: true;
  /** The tags whose newest good value it needs, each once, in the order they are written. */
  readonly tags: readonly string[];
  /** Every tag it asks anything about. */
  readonly reads: readonly string[];
  /** What it asks besides newest values; where there is any, its answer changes with time, too. */
  readonly calls: readonly TagCall[];
  /** Where it is a comparison, or begins with one that must hold: its two sides. */
  readonly sides: { readonly left: Expression<number>; readonly right: Expression<number> } | null;
  /**
   * `null` = unknown: a tag has no good value, a window is not known well enough, or the values allow no answer (a whole
   * number divided by 0). `read` answers `null` (or NaN) for a tag without a good value. Never throws for any values.
   */
  evaluate(read: (tag: string) => number | null, signals?: Signals): T | null;
}

/** The operating state of a rule, or what an expression rule watches for. */
export type Condition = Expression<boolean>;

/** Why an expression cannot be used, and where. */
export interface ConditionProblem {
  readonly ok: false;
  readonly message: string;
  /** First character that is wrong, counted from 0. */
  readonly offset: number;
  /** The tag that does not exist, when that is what is wrong. */
  readonly unknownTag: string | null;
  /** The function that does not exist, when that is what is wrong. */
  readonly unknownFunction?: string;
}

/** Longest condition in characters. */
const MAX_LENGTH = 2_000;
/** Bounds of what one condition may cost; more is a program, not an operating state. */
const LIMITS = { maxAstNodes: 500, maxDepth: 50, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 8 };

/** What an expression is checked against. */
export interface ExpressionContext {
  readonly tags: (name: string) => boolean;
  /** Asset that names beginning with a dot belong to: `tag(".speed")`. */
  readonly asset?: string;
  /** Whether the two sides of a comparison are wanted, too: they are compiled apart. */
  readonly sides?: 'wanted';
}

/**
 * Compiles a rule's `when`, a CEL expression over `tag("asset.name")`, and checks everything that can be checked before
 * a reading arrives: syntax, types, functions, tags. Numbers may be written `100` or `100.0`, durations `10m`.
 * Every tag that is written in `tag()` or in a window must be known well enough, or the answer is unknown, also where `||`
 * could do without. What could take more than a millisecond for one reading, or much memory, is refused; so are
 * comprehensions inside others.
 */
export function compileCondition(text: string, plant: ExpressionContext): Condition | ConditionProblem {
  const compiled = compile(text, plant, ['bool']);
  return compiled.ok
    ? { ...compiled, evaluate: (read, signals) => asBoolean(compiled.evaluate(read, signals)) }
    : compiled;
}

/** Compiles an expression that gives a number, such as the value of a derived tag; all else as `compileCondition`. */
export function compileNumber(text: string, plant: ExpressionContext): Expression<number> | ConditionProblem {
  const compiled = compile(text, plant, ['double', 'int']);
  return compiled.ok
    ? { ...compiled, evaluate: (read, signals) => asNumber(compiled.evaluate(read, signals)) }
    : compiled;
}

function asBoolean(value: unknown): boolean | null {
  return value === null ? null : value === true;
}

function asNumber(value: unknown): number | null {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function compile(
  written: string,
  plant: ExpressionContext,
  wanted: readonly string[],
): Expression<unknown> | ConditionProblem {
  if (written.length > MAX_LENGTH) return problem(`longer than ${MAX_LENGTH} characters`, 0);
  const { text, origin } = rewriteDurations(written);
  const placed = (found: ConditionProblem) => ({ ...found, offset: Math.min(origin(found.offset), written.length) });
  const answers: Answers = new Map();
  const patterns: Patterns = new Map();
  const environment = environmentOver(text, { answers, patterns });
  try {
    const program = environment.parse(text);
    const found = inspect(program.ast, { plant, patterns });
    if (!found.ok) return placed(found);
    const costly = findTooCostly(program.ast, patterns);
    if (costly) return placed(problem(`can take more than ${MAX_STEPS} steps for one reading`, costly.start));
    const checked = program.check();
    if (!checked.valid) return placed(explain(checked.error, text, environment));
    if (!wanted.includes(checked.type ?? 'dyn')) {
      const must = wanted.includes('bool') ? 'true or false' : 'a number';
      return placed(problem(`must be ${must}, but this is ${say(checked.type ?? 'dyn')}`, program.ast.start));
    }
    const named = found.calls.map((call) => ({ ...call, tag: fullName(call.tag, plant) }));
    const tags = named.filter(({ ask }) => ask === 'tag').map(({ tag }) => tag);
    return {
      ok: true,
      tags: [...new Set(tags)],
      reads: [...new Set(named.map(({ tag }) => tag))],
      calls: named.filter(({ ask }) => ask !== 'tag'),
      sides: plant.sides === 'wanted' ? sidesOf(program.ast, text, plant) : null,
      evaluate: evaluator(program, found.calls, { answers, plant }),
    };
  } catch (error) {
    if (error instanceof ParseError || error instanceof CelTypeError) return placed(explain(error, text, environment));
    throw error;
  }
}

/** `.speed` is a tag of the asset that the rule is on. */
function fullName(tag: string, { asset }: ExpressionContext): string {
  return asset !== undefined && tag.startsWith('.') ? `${asset}${tag}` : tag;
}

/** CEL with the functions that read tags, and arithmetic between `double` and the whole numbers that people write. */
function environmentOver(
  text: string,
  { answers, patterns }: { readonly answers: Answers; readonly patterns: Patterns },
): Environment {
  const environment = new Environment({ limits: LIMITS });
  registerCalls(environment, text, answers);
  if (text.includes('matches')) registerMatches(environment, patterns);
  if (text.includes('abs')) environment.registerFunction('abs(double): double', (value: number) => Math.abs(value));
  const operations = {
    '+': (a: number, b: number) => a + b,
    '-': (a: number, b: number) => a - b,
    '*': (a: number, b: number) => a * b,
    '/': (a: number, b: number) => a / b,
  };
  for (const [sign, operation] of Object.entries(operations)) {
    environment.registerOperator(`double ${sign} int: double`, (a: number, b: bigint) => operation(a, Number(b)));
    environment.registerOperator(`int ${sign} double: double`, (a: bigint, b: number) => operation(Number(a), b));
  }
  environment.registerOperator('double == int', (a: number, b: bigint) => a === Number(b));
  return environment;
}

function evaluator(
  program: (context?: Record<string, unknown>) => unknown,
  calls: readonly TagCall[],
  { answers, plant }: { readonly answers: Answers; readonly plant: ExpressionContext },
): Expression<unknown>['evaluate'] {
  const durationOf = calls.some(({ ask: what }) => what === 'since') ? celDuration() : null;
  const asked = calls.map((call) => ({ key: keyOf(call), call: { ...call, tag: fullName(call.tag, plant) } }));
  return (read, signals) => {
    for (const { key, call } of asked) {
      const value = ask(call, { read, signals, durationOf });
      if (value === null || Number.isNaN(value)) return null;
      answers.set(key, value);
    }
    try {
      return program() ?? null;
    } catch (error) {
      if (error instanceof EvaluationError) return null;
      throw error;
    }
  };
}

function ask(
  call: TagCall,
  from: {
    readonly read: (tag: string) => number | null;
    readonly signals: Signals | undefined;
    /** Only where `since` is called. */
    readonly durationOf: ((ms: number) => object) | null;
  },
): number | string | object | null {
  if ('windowMs' in call) return from.signals?.window(call) ?? null;
  switch (call.ask) {
    case 'tag':
      return from.read(call.tag);
    case 'quality':
      return from.signals?.quality(call.tag) ?? null;
    case 'since': {
      const ms = from.signals?.sinceMs(call.tag) ?? null;
      return ms === null || from.durationOf === null ? null : from.durationOf(ms);
    }
  }
}

const COMPARISONS: ReadonlySet<string> = new Set(['>', '>=', '<', '<=']);

/** The comparison that an alarm hangs on: the expression itself, or the first thing that must hold. */
function sidesOf(root: ASTNode, text: string, plant: ExpressionContext): Expression<unknown>['sides'] {
  let node = root;
  while (node.op === '&&') [node] = node.args;
  if (!COMPARISONS.has(node.op)) return null;
  const [a, b] = childrenOf(node.args);
  if (a === undefined || b === undefined) return null;
  const { sides: _, ...alone } = plant;
  const left = compileNumber(text.slice(a.start, a.end), alone);
  const right = compileNumber(text.slice(b.start, b.end), alone);
  return left.ok && right.ok ? { left, right } : null;
}

type Inspection = { readonly ok: true; readonly calls: readonly TagCall[] } | ConditionProblem;

/** Walks the whole expression: what it asks about tags, in the order it is written, and whether it uses what is refused. */
function inspect(
  root: ASTNode,
  { plant, patterns }: { readonly plant: ExpressionContext; readonly patterns: Patterns },
): Inspection {
  const calls: TagCall[] = [];
  const open: { readonly node: ASTNode; readonly inComprehension: boolean }[] = [
    { node: root, inComprehension: false },
  ];
  const refusals: ConditionProblem[] = [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, inComprehension } = next;
    const isComprehension = node.op === 'rcall' && COMPREHENSIONS.has(node.args[0]);
    const pattern = takePattern(node, patterns);
    if (pattern !== null) refusals.push(problem(pattern.message, pattern.offset));
    if (isComprehension && inComprehension) {
      refusals.push(problem(`${node.args[0]}() may not stand inside another one`, node.start));
    }
    const call = readCall(node);
    if (call !== null && 'message' in call) refusals.push(problem(call.message, call.offset));
    else if (call !== null) {
      calls.push(call);
      refusals.push(...inspectTag(call, plant));
    }
    const wrong = refuseQuality(node) ?? refuseZone(node);
    if (wrong !== null) refusals.push(problem(wrong.message, wrong.offset));
    for (const child of childrenOf(node.args)) {
      open.push({ node: child, inComprehension: inComprehension || isComprehension });
    }
  }
  const first = refusals.sort((a, b) => a.offset - b.offset)[0];
  return first ?? { ok: true, calls: calls.sort((a, b) => a.start - b.start) };
}

function inspectTag({ tag, start }: TagCall, plant: ExpressionContext): ConditionProblem[] {
  const name = fullName(tag, plant);
  return plant.tags(name) ? [] : [problem(`unknown tag "${tag}"`, start, name)];
}

/** The nodes below a node; its operands are nodes, names, literals and lists of these. */
export function childrenOf(operand: unknown): ASTNode[] {
  if (Array.isArray(operand)) return operand.flatMap(childrenOf);
  return isNode(operand) ? [operand] : [];
}

function isNode(operand: unknown): operand is ASTNode {
  return typeof operand === 'object' && operand !== null && 'op' in operand && 'args' in operand;
}

/** Puts the library's complaint into words for somebody who writes plant files, not programs. */
function explain(
  error: ParseError | CelTypeError | undefined,
  text: string,
  environment: Environment,
): ConditionProblem {
  const offset = error?.range?.start ?? 0;
  const summary = error?.summary ?? 'cannot be read';
  const slip = findSlip(text, offset);
  if (slip !== null) return problem(slip.message, slip.offset);
  const overload = /^no such overload: (.+) (\S+) (.+)$/.exec(summary);
  if (overload) {
    const [, left = '', sign = '', right = ''] = overload;
    const isChain = left === 'bool' && COMPARISONS.has(sign);
    const hint = isChain ? `: write a ${sign} b && b ${sign} c` : '';
    return problem(`"${sign}" does not go between ${say(left)} and ${say(right)}${hint}`, offset);
  }
  const call = /^found no matching overload for '(\w+)\(/.exec(summary)?.[1];
  if (call !== undefined && !environment.getDefinitions().functions.some(({ name }) => name === call)) {
    return { ...problem(`unknown function ${call}()`, offset), unknownFunction: call };
  }
  const variable = /^Unknown variable: (.+)$/.exec(summary)?.[1];
  if (variable !== undefined) {
    return problem(`unknown word "${variable}": a tag is written tag("asset.name")`, offset);
  }
  if (summary.includes('EOF')) return problem('ends too early', Math.min(offset, text.length));
  return problem(summary.charAt(0).toLowerCase() + summary.slice(1), offset);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  double: 'a number',
  int: 'a whole number',
  uint: 'a whole number',
  string: 'a text',
  bool: 'true or false',
  'google.protobuf.Duration': 'a duration',
};

function say(type: string): string {
  return TYPE_WORDS[type] ?? type;
}

function problem(message: string, offset: number, unknownTag: string | null = null): ConditionProblem {
  return { ok: false, message, offset, unknownTag };
}
