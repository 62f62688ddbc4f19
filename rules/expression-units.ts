import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { childrenOf } from './expression.ts';
import { readCall, type TagCall } from './expression-calls.ts';
import { rewriteDurations } from './window/duration-literals.ts';

/** What units mean to whoever asks for that of an expression. */
export interface UnitContext {
  /** UCUM code; `null` when nobody said. */
  readonly unitOfTag: (tag: string) => string | null;
  /** Whether numbers in two units may be added up as they are. */
  readonly goTogether: (a: string, b: string) => boolean;
}

/** The unit of an expression. */
export interface ExpressionUnit {
  /** UCUM code, `null` where it can't be told: of a product, or where nobody said the unit of a tag. */
  readonly unit: string | null;
  /** The first place where two units are added up or compared that do not go together; `offset` is that of the second. */
  readonly clash: { readonly offset: number; readonly left: string; readonly right: string } | null;
}

/** What is known of one node: a bare number goes with every unit. */
type Known = { readonly is: 'number' } | { readonly is: 'unknown' } | { readonly is: 'unit'; readonly unit: string };

const UNKNOWN: Known = { is: 'unknown' };
const ALIKE: ReadonlySet<string> = new Set(['+', '-', '<', '<=', '>', '>=', '==', '!=']);
/** Windows that answer in the unit of their tag. */
const SAME_UNIT: ReadonlySet<TagCall['ask']> = new Set(['tag', 'avg', 'min', 'max', 'stddev', 'delta']);
const PASS_ON: ReadonlySet<string> = new Set(['abs', 'double', 'int']);

/** Finds the unit of an expression that `compileNumber` takes: sums, differences and windows keep that of their tags. Throws for others. */
export function unitOfExpression(written: string, context: UnitContext): ExpressionUnit {
  const { text, origin } = rewriteDurations(written);
  const clashes: NonNullable<ExpressionUnit['clash']>[] = [];
  const known = unitOf(new Environment().parse(text).ast, context, clashes);
  const clash = clashes.sort((a, b) => a.offset - b.offset)[0];
  return {
    unit: known.is === 'unit' ? known.unit : null,
    clash: clash === undefined ? null : { ...clash, offset: origin(clash.offset) },
  };
}

function unitOf(node: ASTNode, context: UnitContext, clashes: NonNullable<ExpressionUnit['clash']>[]): Known {
  if (node.op === 'value') return { is: 'number' };
  const call = readCall(node);
  if (call !== null) return 'message' in call ? UNKNOWN : unitOfCall(call, context);
  const children = childrenOf(node.args);
  const [left = UNKNOWN, right = UNKNOWN] = children.map((child) => unitOf(child, context, clashes));
  if (node.op === '-_' || (node.op === 'call' && PASS_ON.has(node.args[0]))) return left;
  if (!ALIKE.has(node.op)) return UNKNOWN;
  if (left.is === 'unit' && right.is === 'unit' && !context.goTogether(left.unit, right.unit)) {
    clashes.push({ offset: children[1]?.start ?? node.start, left: left.unit, right: right.unit });
    return UNKNOWN; // told once, and not again by whatever is around it
  }
  if (left.is === 'unknown' || right.is === 'unknown') return UNKNOWN;
  return left.is === 'unit' ? left : right;
}

function unitOfCall({ ask, tag }: TagCall, { unitOfTag }: UnitContext): Known {
  const unit = SAME_UNIT.has(ask) ? unitOfTag(tag) : null;
  return unit === null ? UNKNOWN : { is: 'unit', unit };
}
