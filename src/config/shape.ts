import type { TSchema } from 'typebox';
import { find, type Located, type LocatedMap, scalar } from './document.ts';
import { nearest } from './nearest.ts';
import { type Complaint, isSecret, type Path, sayPath, saySetting } from './problems.ts';
import { hintAtKey, hintAtPair, hintAtRank, meantName } from './value-hints.ts';
import {
  checkByteSize,
  checkDuration,
  checkList,
  checkScalar,
  literalsOf,
  sayKind,
  sayOneOf,
  sayValue,
} from './value-rules.ts';

/** The part of JSON Schema that TypeBox writes and this reader walks; everything else is checked by TypeBox itself. */
export interface SchemaNode {
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: boolean | SchemaNode;
  readonly required?: readonly string[];
  readonly items?: SchemaNode | readonly SchemaNode[];
  readonly 'x-minimum'?: string;
  readonly 'x-maximum'?: string;
  /** What a key of this map may look like, in words. */
  readonly 'x-keys'?: string;
  /** Names that a text may be, though any is taken: they are said where it is no text at all. */
  readonly 'x-names'?: readonly string[];
}

/** What became of one value: the value with defaults filled in and durations in ms, less the parts that are wrong. */
export interface Shaped {
  readonly value: unknown;
  readonly complaints: readonly Complaint[];
}

/** Where a value belongs. `keyAt` is what to point at when something is missing in it. */
export interface Place {
  readonly path: Path;
  readonly keyAt: number;
  /** Keys that are read elsewhere but may stand in the same map, for suggestions. */
  readonly otherKeys?: readonly string[];
}

/**
 * Reads a located value by a schema: checks it, fills in defaults, turns durations into milliseconds and amounts into bytes, and finds all
 * that is wrong, not only the first thing. A value with an unset variable in it is taken as it is. An empty map may be
 * written as nothing at all (`hall:`).
 */
export function shape(schema: TSchema, node: Located, place: Place): Shaped {
  const complaints: Complaint[] = [];
  // A TypeBox schema is a plain JSON Schema object; SchemaNode names the keywords of it that are used here.
  const value = read(schema as SchemaNode, node, place, complaints);
  return { value, complaints };
}

/** Turns a located value into a plain one without looking at it. */
export function plain(node: Located): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plain);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.node)]));
}

/** `undefined` when the value is so wrong that nothing can be made of it. */
function read(schema: SchemaNode, node: Located, place: Place, out: Complaint[]): unknown {
  if (node.kind === 'scalar' && node.isUnset) return node.value;
  const literals = literalsOf(schema);
  if (literals !== null) return readLiteral(literals, node, place, out);
  if (schema.anyOf) return readUnion(schema.anyOf, node, place, out);
  if (schema.type === 'object') return readMap(schema, node, place, out);
  if (schema.type === 'array') return readList(schema, node, place, out);
  if (schema.type === undefined && node.kind !== 'scalar') return plain(node);
  if (node.kind !== 'scalar') return refuse(`must be ${sayKind(schema)}, not ${sayValue(node)}`, node, place, out);
  if (schema.format === 'duration' || schema.format === 'bytes') {
    const check = schema.format === 'duration' ? checkDuration : checkByteSize;
    const checked = check(schema, node.value);
    return typeof checked === 'number' ? checked : refuse(checked, node, place, out);
  }
  const wrong = checkScalar(schema, node.value);
  return wrong === null ? node.value : refuse(wrong, node, place, out);
}

function refuse(what: string, node: Located, { path }: Place, out: Complaint[], suggestion?: string | null): undefined {
  const isFilled = node.kind === 'scalar' && node.isFilled;
  const isKept = node.kind === 'scalar' && node.value !== null && isSecret(path);
  const said = isFilled ? 'does not take the value of its variable' : isKept ? 'does not take this value' : what;
  out.push({ at: node.at, path, message: `${saySetting(path)} ${said}`, suggestion: suggestion ?? null });
  return undefined;
}

function readLiteral(literals: readonly unknown[], node: Located, place: Place, out: Complaint[]): unknown {
  if (node.kind === 'scalar' && literals.includes(node.value)) return node.value;
  const words = literals.map(String);
  const written = node.kind === 'scalar' ? String(node.value) : '';
  const isUnquoted = node.kind === 'scalar' && typeof node.value === 'number' && literals.includes(written);
  const not = isUnquoted ? `the number ${written}: put it in quotes, "${written}"` : sayValue(node);
  const rank = node.kind === 'scalar' ? hintAtRank(node.value, words) : '';
  return refuse(`must be ${sayOneOf(words)}, not ${not}${rank}`, node, place, out, nearest(written, words));
}

function readMap(schema: SchemaNode, node: Located, place: Place, out: Complaint[]): unknown {
  const map = asMap(node);
  if (map === null)
    return refuse(`must be ${sayKind(schema)}, not ${sayValue(node)}${hintAtList(schema, node)}`, node, place, out);
  const values: [string, unknown][] = [];
  const outside = outsideTheirs(schema, map);
  for (const [key, entry] of map.entries) {
    const inner = schemaOfKey(schema, key);
    const path = [...place.path, key];
    const owner = outside.get(key);
    if (owner !== undefined) {
      const message = `"${key}" in ${sayPath(place.path)} stands in the column of "${owner}": indent it, it belongs below`;
      out.push({ at: entry.keyAt, path, message });
    } else if ([...outside.values()].includes(key)) values.push([key, standIn(schema)]);
    else if (inner === null) {
      const complaint = unknownKey(schema, key, map, place);
      out.push(complaint);
      // What refers to a thing whose name is only spelt wrong need not be told, too, that it does not exist.
      const [named] = complaint.suggestion ? Object.values(schema.patternProperties ?? {}) : [];
      if (named !== undefined) values.push([key, read(named, entry.node, { path, keyAt: entry.keyAt }, out) ?? {}]);
    } else if (inner === 'any') values.push([key, plain(entry.node)]);
    else values.push([key, read(inner, entry.node, { path, keyAt: entry.keyAt }, out) ?? standIn(schema)]);
  }
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    if (map.entries.has(key)) continue;
    if (inner.default !== undefined)
      values.push([key, readDefault(inner, { path: [...place.path, key], keyAt: place.keyAt })]);
    else if (schema.required?.includes(key)) {
      out.push({ at: place.keyAt, path: [...place.path, key], message: `missing "${key}"${saidIn(place.path)}` });
    }
  }
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** A named thing that is all wrong still exists: what refers to it must not be told that it does not. */
function standIn({ patternProperties }: SchemaNode): unknown {
  return patternProperties === undefined ? undefined : {};
}

function asMap(node: Located): LocatedMap | null {
  if (node.kind === 'map') return node;
  const isNothing = node.kind === 'scalar' && node.value === null;
  return isNothing ? { kind: 'map', at: node.at, size: 1, entries: new Map() } : null;
}

/** `any`: allowed, and nobody says what it looks like. */
function schemaOfKey(schema: SchemaNode, key: string): SchemaNode | 'any' | null {
  const { properties = {}, patternProperties = {}, additionalProperties } = schema;
  if (Object.hasOwn(properties, key)) return properties[key] ?? null;
  for (const [pattern, inner] of Object.entries(patternProperties)) {
    if (new RegExp(pattern, 'u').test(key)) return inner; // as JSON Schema and editors read them
  }
  if (typeof additionalProperties === 'object') return additionalProperties;
  return additionalProperties === false ? null : 'any';
}

function unknownKey(schema: SchemaNode, key: string, map: LocatedMap, { path, otherKeys = [] }: Place): Complaint {
  const within = [...path, key];
  const { keyAt: at, node } = map.entries.get(key)!; // the key is one of the map's
  const isEmpty = node.kind === 'scalar' && node.value === null;
  if (schema.patternProperties !== undefined) {
    const allowed = schema['x-keys'] === undefined ? '' : `: ${schema['x-keys']}`;
    const meant = meantName(key);
    const isTaken = meant !== null && meant !== key && schemaOfKey(schema, meant) !== null && !map.entries.has(meant);
    const message = `"${key}" cannot be a name${saidIn(path)}${allowed}`;
    return { at, path: within, message, suggestion: isTaken ? meant : null };
  }
  const suggestion = nearest(key, [...Object.keys(schema.properties ?? {}), ...otherKeys]);
  const above = suggestion === null && node.kind === 'map' ? emptyAbove(map, key) : null;
  const hint = above === null ? hintAtKey(key, isEmpty) : `: if it belongs to "${above}" above it, indent it`;
  return { at, path: within, message: `unknown key "${key}"${saidIn(path)}${hint}`, suggestion };
}

/** The entry right above a key, where it has nothing below it. */
function emptyAbove({ entries }: LocatedMap, key: string): string | null {
  const keys = [...entries.keys()];
  const above = keys[keys.indexOf(key) - 1];
  const node = above === undefined ? undefined : entries.get(above)?.node;
  return above !== undefined && node?.kind === 'scalar' && node.value === null ? above : null;
}

/** Settings of a named thing that stand beside it and not below it, and the thing: `on` beside an empty `hot`. */
function outsideTheirs({ patternProperties }: SchemaNode, { entries }: LocatedMap): ReadonlyMap<string, string> {
  const [named] = Object.values(patternProperties ?? {});
  const outside = new Map<string, string>();
  let owner: string | null = null;
  for (const [key, { node }] of entries) {
    const isEmpty = node.kind === 'scalar' && node.value === null;
    if (owner !== null && Object.hasOwn(named?.properties ?? {}, key)) outside.set(key, owner);
    else owner = isEmpty ? key : null;
  }
  return outside;
}

function hintAtList({ patternProperties }: SchemaNode, node: Located): string {
  if (node.kind !== 'list') return '';
  return patternProperties === undefined ? ': leave out the "-"' : ': write a name and a colon instead of each "-"';
}

function readDefault(schema: SchemaNode, place: Place): unknown {
  // A default of ours that its own schema refuses is a mistake in the program; it is left out like a missing value.
  return read(schema, locateDefault(schema.default, place.keyAt), place, []);
}

/** Gives a default value the place of the map it is missing in. */
function locateDefault(value: unknown, at: number): Located {
  if (Array.isArray(value)) {
    const items = value.map((item) => locateDefault(item, at));
    return { kind: 'list', at, size: items.length + 1, items };
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, v]) => [key, { keyAt: at, node: locateDefault(v, at) }] as const);
    return { kind: 'map', at, size: entries.length + 1, entries: new Map(entries) };
  }
  const isSimple = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return scalar(isSimple ? value : null, at);
}

function readList(schema: SchemaNode, node: Located, place: Place, out: Complaint[]): unknown {
  const { items } = schema;
  const isTuple = Array.isArray(items);
  if (node.kind !== 'list') {
    const hint = isTuple && items.length === 2 && node.kind === 'scalar' ? hintAtPair(String(node.value)) : '';
    return refuse(`must be ${sayKind(schema)}, not ${sayValue(node)}${hint}`, node, place, out);
  }
  if (isTuple && items.length !== node.items.length) {
    const isCut = node.items.length > items.length && node.items.every((item) => Number.isInteger(plain(item)));
    const hint = isCut ? ': a decimal has a point, not a comma' : '';
    return refuse(`must be a list of ${items.length}, not of ${node.items.length}${hint}`, node, place, out);
  }
  const before = out.length;
  const values = node.items.map((item, index) => {
    // Array.isArray does not narrow readonly arrays; isTuple says which of the two it is.
    const inner = (isTuple ? items[index] : items) as SchemaNode | undefined;
    return inner === undefined ? plain(item) : read(inner, item, { path: [...place.path, index], keyAt: item.at }, out);
  });
  if (out.length > before) return isTuple ? undefined : values.filter((value) => value !== undefined);
  const wrong = checkList(schema, values);
  return wrong === null ? values : refuse(wrong, node, place, out);
}

/** Reads by the first branch that fits; where none does, complains about the one that was probably meant. */
function readUnion(branches: readonly SchemaNode[], node: Located, place: Place, out: Complaint[]): unknown {
  let closest: { readonly complaints: Complaint[]; readonly value: unknown; readonly distance: number } | null = null;
  for (const branch of branches) {
    const complaints: Complaint[] = [];
    const value = read(branch, node, place, complaints);
    if (complaints.length === 0) return value;
    const distance = (fits(branch, node) ? 0 : 1_000) + complaints.length;
    if (closest === null || distance < closest.distance) closest = { complaints, value, distance };
  }
  if (closest === null || closest.distance > 1_000) {
    return refuse(`must be ${branches.map(sayKind).join(' or ')}, not ${sayValue(node)}`, node, place, out);
  }
  out.push(...closest.complaints);
  return closest.value;
}

/** Whether a value is at least of the kind that a branch describes, with the right word where maps are told apart by one. */
function fits(schema: SchemaNode, node: Located): boolean {
  const literals = literalsOf(schema);
  if (literals !== null)
    return node.kind === 'scalar' && literals.some((literal) => typeof literal === typeof node.value);
  if (schema.anyOf) return schema.anyOf.some((branch) => fits(branch, node));
  if (schema.type === 'array') return node.kind === 'list';
  if (schema.type !== 'object')
    return node.kind === 'scalar' && (schema.type === 'string') === (typeof node.value === 'string');
  return (
    node.kind === 'map' &&
    Object.entries(schema.properties ?? {}).every(([key, inner]) => {
      const words = literalsOf(inner);
      const written = find(node, [key]);
      return words === null || written === null || (written.kind === 'scalar' && words.includes(written.value));
    })
  );
}

function saidIn(path: Path): string {
  return path.length === 0 ? ' in the plant file' : ` in ${sayPath(path)}`;
}
