import { Value } from 'typebox/value';
import { parseByteSize } from '../model/byte-size.ts';
import { parseDuration } from '../model/duration.ts';
import type { Located } from './document.ts';
import type { SchemaNode } from './shape.ts';
import { hintAtDuration, hintAtNumber } from './value-hints.ts';

/** Longest value that is repeated in a message. */
const MAX_SAID = 60;

/** The values a schema is a choice of, `null` when it is none. */
export function literalsOf(schema: SchemaNode): readonly unknown[] | null {
  if (schema.const !== undefined) return [schema.const];
  if (schema.enum !== undefined) return schema.enum;
  const constants = schema.anyOf?.map((branch) => branch.const);
  return constants !== undefined && !constants.includes(undefined) ? constants : null;
}

/** Checks a written duration: its milliseconds, or what is wrong with it. */
export function checkDuration(schema: SchemaNode, value: unknown): number | string {
  const ms = typeof value === 'string' ? parseDuration(value) : null;
  if (ms === null) return `must be a duration such as 500ms, 30s, 5m or 7d, not ${say(value)}${hintAtDuration(value)}`;
  const { 'x-minimum': minimum, 'x-maximum': maximum } = schema;
  if (minimum !== undefined && ms < (parseDuration(minimum) ?? 0)) return `must be at least ${minimum}, not ${value}`;
  if (maximum !== undefined && ms > (parseDuration(maximum) ?? Infinity))
    return `must be at most ${maximum}, not ${value}`;
  return ms;
}

/** Checks a written amount of bytes: the bytes, or what is wrong with it. */
export function checkByteSize(schema: SchemaNode, value: unknown): number | string {
  const bytes = typeof value === 'string' ? parseByteSize(value) : null;
  if (bytes === null) return `must be an amount such as 500MB or 2GiB, not ${say(value)}`;
  const { 'x-minimum': minimum, 'x-maximum': maximum } = schema;
  if (minimum !== undefined && bytes < (parseByteSize(minimum) ?? 0))
    return `must be at least ${minimum}, not ${value}`;
  if (maximum !== undefined && bytes > (parseByteSize(maximum) ?? Infinity))
    return `must be at most ${maximum}, not ${value}`;
  return bytes;
}

/** Checks a single value with TypeBox: what is wrong with it in words, or `null`. */
export function checkScalar(schema: SchemaNode, value: string | number | boolean | null): string | null {
  if (Value.Check(schema, value)) return null;
  if (value === null) return 'has no value';
  return phrase(schema, value);
}

/** Checks the length and the likes of a list whose items are right: what is wrong in words, or `null`. */
export function checkList(schema: SchemaNode, values: readonly unknown[]): string | null {
  const { items: _items, default: _default, ...rest } = schema;
  const rules = { ...rest, additionalItems: true };
  return Value.Check(rules, values) ? null : phrase(rules, values);
}

/** The first thing TypeBox says against a value, in the words of a plant file. */
function phrase(schema: SchemaNode, value: unknown): string {
  const [error] = Value.Errors(schema, value);
  switch (error?.keyword) {
    case 'type':
      return `must be ${sayKind(schema)}, not ${sayTyped(schema, value)}`;
    case 'minimum':
      return `must be at least ${error.params.limit}, not ${say(value)}`;
    case 'maximum':
      return `must be at most ${error.params.limit}, not ${say(value)}`;
    case 'exclusiveMinimum':
      return `must be more than ${error.params.limit}, not ${say(value)}`;
    case 'exclusiveMaximum':
      return `must be less than ${error.params.limit}, not ${say(value)}`;
    case 'minLength':
      return error.params.limit === 1 ? 'must not be empty' : `must have at least ${error.params.limit} characters`;
    case 'maxLength':
      return `must have at most ${error.params.limit} characters`;
    case 'minItems':
      return error.params.limit === 1 ? 'must not be empty' : `must have at least ${error.params.limit} entries`;
    case 'maxItems':
      return `must have at most ${error.params.limit} entries`;
    case 'uniqueItems':
      return 'names the same thing twice';
    case 'pattern':
    case 'format':
      return `is not right: ${say(value)}${sayExample(schema)}`;
    case undefined:
      return `is not right: ${say(value)}`;
    default:
      return `${error?.message ?? 'is not right'}: ${say(value)}`;
  }
}

/** What kind of value a schema wants: `a whole number`. */
export function sayKind(schema: SchemaNode): string {
  const literals = literalsOf(schema);
  if (literals !== null) return sayOneOf(literals.map(String));
  if (schema.anyOf) return schema.anyOf.map(sayKind).join(' or ');
  if (schema.format === 'duration') return 'a duration such as 30s';
  if (schema.format === 'bytes') return 'an amount such as 2GiB';
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'integer':
      return 'a whole number';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object':
      return 'a map of settings';
    default:
      return schema.type ?? 'something else';
  }
}

/** What was written instead. */
export function sayValue(node: Located): string {
  if (node.kind === 'map') return 'a map of settings';
  return node.kind === 'list' ? 'a list' : say(node.value);
}

/** `a`, `a or b`, `one of a, b, c`. */
export function sayOneOf(words: readonly string[]): string {
  return words.length > 2 ? `one of ${words.join(', ')}` : words.join(' or ');
}

function sayTyped(schema: SchemaNode, value: unknown): string {
  if ((schema.type === 'number' || schema.type === 'integer') && typeof value === 'string') {
    const isNumberInQuotes = value.trim() !== '' && Number.isFinite(Number(value));
    return isNumberInQuotes ? `the text ${say(value)}: take the quotes away` : `${say(value)}${hintAtNumber(value)}`;
  }
  if (typeof value !== 'number' || schema.type !== 'string') return say(value);
  const names = schema['x-names'];
  return `the number ${value}: put it in quotes${names === undefined ? '' : `; there are ${names.join(', ')}`}`;
}

function say(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value !== 'string') return String(value);
  return `"${value.length > MAX_SAID ? `${value.slice(0, MAX_SAID)}…` : value}"`;
}

function sayExample(schema: SchemaNode & { readonly examples?: readonly unknown[] }): string {
  const [example] = schema.examples ?? [];
  return typeof example === 'string' || typeof example === 'number' ? `, an example is ${example}` : '';
}
