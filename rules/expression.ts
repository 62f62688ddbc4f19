import {
  type ASTNode,
  TypeError as CelTypeError,
  Environment,
  EvaluationError,
  ParseError,
} from '@marcbachmann/cel-js';

/** A condition that can be evaluated; made by `compileCondition`. */
export interface Condition {
  readonly ok: true;
  /** The tags it reads, each once, in the order they are written. */
  readonly tags: readonly string[];
  /**
   * `null` = unknown: a tag has no good value, or the values allow no answer (a whole number divided by 0).
   * `read` answers `null` (or NaN) for a tag without a good value. Never throws for any values.
   */
  evaluate(read: (tag: string) => number | null): boolean | null;
}

/** Why a condition cannot be used, and where. */
export interface ConditionProblem {
  readonly ok: false;
  readonly message: string;
  /** First character that is wrong, counted from 0. */
  readonly offset: number;
  /** The tag that does not exist, when that is what is wrong. */
  readonly unknownTag: string | null;
}

/** Longest condition in characters. */
const MAX_LENGTH = 2_000;
/** Bounds of what one condition may cost; more is a program, not an operating state. */
const LIMITS = { maxAstNodes: 500, maxDepth: 50, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 8 };
const COMPREHENSIONS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter', 'map']);

/**
 * Compiles a rule's `when`, a CEL expression over `tag("asset.name")`, and checks everything that can be checked before
 * a reading arrives: syntax, types, functions, tags. Numbers may be written `100` or `100.0`.
 * Every tag that is written anywhere in it must have a good value, or the answer is unknown, also where `||` could do
 * without. Regular expressions and nested comprehensions are refused: they can take for ever.
 */
export function compileCondition(
  text: string,
  plant: { readonly tags: (name: string) => boolean },
): Condition | ConditionProblem {
  if (text.length > MAX_LENGTH) return problem(`longer than ${MAX_LENGTH} characters`, 0);
  const values = new Map<string, number>();
  const environment = environmentOver(values);
  try {
    const program = environment.parse(text);
    const found = inspect(program.ast, plant.tags);
    if (!found.ok) return found;
    const checked = program.check();
    if (!checked.valid) return explain(checked.error, text, environment);
    if (checked.type !== 'bool') {
      return problem(`must be true or false, but this is ${say(checked.type ?? 'dyn')}`, program.ast.start);
    }
    return { ok: true, tags: found.tags, evaluate: evaluator(program, found.tags, values) };
  } catch (error) {
    if (error instanceof ParseError || error instanceof CelTypeError) return explain(error, text, environment);
    throw error;
  }
}

/** CEL with one function, `tag`, and arithmetic between `double` and the whole numbers that people write. */
function environmentOver(values: ReadonlyMap<string, number>): Environment {
  const environment = new Environment({ limits: LIMITS });
  environment.registerFunction('tag(string): double', (name: string) => values.get(name) ?? Number.NaN);
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
  tags: readonly string[],
  values: Map<string, number>,
): Condition['evaluate'] {
  return (read) => {
    for (const tag of tags) {
      const value = read(tag);
      if (value === null || Number.isNaN(value)) return null;
      values.set(tag, value);
    }
    try {
      return program() === true;
    } catch (error) {
      if (error instanceof EvaluationError) return null;
      throw error;
    }
  };
}

type Inspection = { readonly ok: true; readonly tags: readonly string[] } | ConditionProblem;

/** Walks the whole expression: which tags it reads (with their first place), and whether it uses what is refused. */
function inspect(root: ASTNode, isTag: (name: string) => boolean): Inspection {
  const tags = new Map<string, number>();
  const open: { readonly node: ASTNode; readonly inComprehension: boolean }[] = [
    { node: root, inComprehension: false },
  ];
  const refusals: ConditionProblem[] = [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, inComprehension } = next;
    const isComprehension = node.op === 'rcall' && COMPREHENSIONS.has(node.args[0]);
    if (node.op === 'rcall' && node.args[0] === 'matches') {
      refusals.push(problem('matches() is not available in a condition', node.start));
    }
    if (isComprehension && inComprehension) {
      refusals.push(problem(`${node.args[0]}() may not stand inside another one`, node.start));
    }
    if (node.op === 'call' && node.args[0] === 'tag')
      refusals.push(...inspectTag(node.args[1], node.start, isTag, tags));
    for (const child of childrenOf(node.args)) {
      open.push({ node: child, inComprehension: inComprehension || isComprehension });
    }
  }
  const first = refusals.sort((a, b) => a.offset - b.offset)[0];
  return first ?? { ok: true, tags: [...tags].sort((a, b) => a[1] - b[1]).map(([tag]) => tag) };
}

function inspectTag(
  args: readonly ASTNode[],
  start: number,
  isTag: (name: string) => boolean,
  tags: Map<string, number>,
): ConditionProblem[] {
  const [name] = args;
  if (args.length !== 1 || name?.op !== 'value' || typeof name.args !== 'string') {
    return [problem('tag() takes one name in quotes, such as tag("pump-1.speed")', name?.start ?? start)];
  }
  tags.set(name.args, Math.min(name.start, tags.get(name.args) ?? name.start));
  return isTag(name.args) ? [] : [problem(`unknown tag "${name.args}"`, name.start, name.args)];
}

/** The nodes below a node; its operands are nodes, names, literals and lists of these. */
function childrenOf(operand: unknown): ASTNode[] {
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
  const overload = /^no such overload: (.+) (\S+) (.+)$/.exec(summary);
  if (overload) {
    const [, left = '', sign = '', right = ''] = overload;
    return problem(`"${sign}" does not go between ${say(left)} and ${say(right)}`, offset);
  }
  const call = /^found no matching overload for '(\w+)\(/.exec(summary)?.[1];
  if (call !== undefined && !environment.getDefinitions().functions.some(({ name }) => name === call)) {
    return problem(`unknown function ${call}()`, offset);
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
};

function say(type: string): string {
  return TYPE_WORDS[type] ?? type;
}

function problem(message: string, offset: number, unknownTag: string | null = null): ConditionProblem {
  return { ok: false, message, offset, unknownTag };
}
