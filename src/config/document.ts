import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
} from 'yaml';
import { nearest } from './nearest.ts';
import { type Complaint, isSecret, type Path, sayPath, saySetting } from './problems.ts';
import { sayLeading, saySyntax } from './syntax-words.ts';
import { fillVariables } from './variables.ts';

/** A value of the plant file that knows where it stands. `at`: its first character; `size`: values in it. */
export type Located = LocatedMap | LocatedList | LocatedScalar;

/** A map, in the order of the file; each key once. */
export interface LocatedMap {
  readonly kind: 'map';
  readonly at: number;
  readonly size: number;
  readonly entries: ReadonlyMap<string, LocatedEntry>;
}

/** A value in a map, and where its key stands. */
export interface LocatedEntry {
  readonly keyAt: number;
  readonly node: Located;
}

/** A list, in the order of the file. */
export interface LocatedList {
  readonly kind: 'list';
  readonly at: number;
  readonly size: number;
  readonly items: readonly Located[];
}

/** A single value. */
export interface LocatedScalar {
  readonly kind: 'scalar';
  readonly at: number;
  readonly size: 1;
  readonly value: string | number | boolean | null;
  /** Where its text stands letter by letter in the file; `null` when it is written with escapes, folds or variables. */
  readonly textAt: number | null;
  /** A variable in it is not set, so its value says nothing. */
  readonly isUnset: boolean;
  /** It comes from a variable, perhaps a secret: not to be repeated in a message. */
  readonly isFilled: boolean;
}

/** A variable that is used and not set. */
export interface MissingVariable {
  readonly name: string;
  readonly at: number;
  readonly path: Path;
}

/** A plant file as a tree with places. */
export interface PlantDocument {
  /** `null` when the text is not YAML, or no map. */
  readonly root: LocatedMap | null;
  readonly lines: LineCounter;
  readonly complaints: readonly Complaint[];
  readonly missing: readonly MissingVariable[];
  /** What is allowed, and hardly meant. */
  readonly doubts: readonly Complaint[];
}

/** Longest plant file in characters. */
const MAX_TEXT = 64 * 1024 * 1024;
/** Most values after aliases are followed: a few lines of aliases of aliases can stand for billions. */
const MAX_VALUES = 10_000_000;
/** Longest end of a text behind `#` that is looked at. */
const MAX_LOST = 40;
/** Deepest nesting that a plant file can mean. */
const MAX_DEPTH = 100;

/** Reads YAML into a tree with places: aliases and `<<` followed, `${NAME}` filled in. Never throws. */
export function readDocument(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  maxValues = MAX_VALUES,
): PlantDocument {
  const lines = new LineCounter();
  const reading: Reading = { text, env, anchors: new Map(), complaints: [], missing: [], doubts: [] };
  const root = readRoot(reading, { lines, maxValues });
  return { root, lines, complaints: reading.complaints, missing: reading.missing, doubts: reading.doubts };
}

/** What one reading of a file carries along. */
interface Reading {
  readonly text: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly anchors: Map<string, Located>;
  readonly complaints: Complaint[];
  readonly missing: MissingVariable[];
  readonly doubts: Complaint[];
}

function readRoot(
  reading: Reading,
  { lines, maxValues }: { readonly lines: LineCounter; readonly maxValues: number },
): LocatedMap | null {
  const { text, complaints } = reading;
  const complain = (at: number, message: string) => void complaints.push({ at, path: [], message });
  if (text.length > MAX_TEXT) {
    complain(0, 'the plant file is too large');
    return null;
  }
  const document = parse(text, lines);
  if (document === null) {
    complain(0, 'the plant file is nested too deep');
    return null;
  }
  complaints.push(...syntaxComplaints(document, text, lines));
  if (complaints.length > 0) return null;
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    complain(0, 'the plant file is empty');
    return null;
  }
  const root = locate(document.contents, [], reading);
  if (root?.kind === 'map' && root.size <= maxValues) return root;
  if (root?.kind === 'map') complain(0, 'the aliases in the plant file stand for too many values');
  else if (root !== null) complain(root.at, 'a plant file is a map of settings: plant, adapters, assets, rules, …');
  return null;
}

/** `null` when the parser's recursion ends before the file's. */
function parse(text: string, lines: LineCounter): Document.Parsed | null {
  try {
    return parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The parser's errors, one a line: what follows on the same line, or with the same indentation below, is an echo. */
function syntaxComplaints(document: Document.Parsed, text: string, lines: LineCounter): Complaint[] {
  const seen = new Map<number, string>();
  const complaints: Complaint[] = [];
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const { line } = lines.linePos(pos[0]);
    const isEcho = seen.has(line) || (code === 'BAD_INDENT' && seen.get(line - 1) === code);
    if (!seen.has(line)) seen.set(line, code);
    if (isEcho) continue;
    complaints.push({ at: pos[0], path: [], message: saySyntax({ code, message, at: pos[0] }, text) });
  }
  return complaints;
}

function locate(node: Node | null, path: Path, reading: Reading): Located | null {
  const at = node?.range?.[0] ?? 0;
  if (path.length > MAX_DEPTH) {
    reading.complaints.push({ at, path, message: 'nested too deep' });
    return null;
  }
  if (isAlias(node)) {
    const target = reading.anchors.get(node.source);
    if (target !== undefined) return target;
    const suggestion = nearest(node.source, reading.anchors.keys());
    const hint = /[^\w-]/.test(node.source) ? ': a text that begins with "*" must be in quotes' : '';
    reading.complaints.push({ at, path, message: `alias *${node.source} has no anchor before it${hint}`, suggestion });
    return null;
  }
  const located = locateValue(node, at, path, reading);
  if (located !== null && node?.anchor !== undefined) reading.anchors.set(node.anchor, located);
  return located;
}

function locateValue(node: Node | null, at: number, path: Path, reading: Reading): Located | null {
  if (isMap<Node, Node | null>(node)) return locateMap(node.items, at, path, reading);
  if (isSeq<Node>(node)) {
    const items = node.items.map((item, index) => locate(item, [...path, index], reading)).filter((i) => i !== null);
    return { kind: 'list', at, size: sizeOf(items), items };
  }
  if (isScalar(node)) {
    refuseSwallowedSign(node, at, path, reading);
    doubtLostNumber(node, path, reading);
    return locateScalar(node.value, node.range ?? [at, at, at], path, reading);
  }
  return scalar(null, at);
}

/** `when: ! (a > b)` is the value `(a > b)` for YAML, which would turn a condition into its opposite without a word. */
function refuseSwallowedSign({ tag, type }: Scalar, at: number, path: Path, reading: Reading): void {
  if (tag !== '!' || type !== 'PLAIN') return;
  const signAt = reading.text.lastIndexOf('!', at);
  const [written = ''] = reading.text.slice(signAt).split('\n', 1);
  reading.complaints.push({ at: signAt, path, message: sayLeading(written) });
}

/** `name: Pump #3` is "Pump" for YAML, and the rest a comment. Comments that begin with a number right behind their sign are rare. */
function doubtLostNumber({ value, type, range }: Scalar, path: Path, { text, doubts }: Reading): void {
  if (typeof value !== 'string' || type !== 'PLAIN' || !range) return;
  const [, blanks = '', lost] = /^([ \t]+)(#\d[\w./-]*)/.exec(text.slice(range[1], range[1] + MAX_LOST)) ?? [];
  if (lost === undefined) return;
  const whole = isSecret(path) ? '' : `, "${value}${blanks}${lost}"`;
  const message = `${saySetting(path)} ends before ${isSecret(path) ? 'its "#"' : `"${lost}"`}: behind a blank that begins a comment; if it belongs to the text, put all of it in quotes${whole}`;
  doubts.push({ at: range[1] + blanks.length, path, message });
}

function locateMap(pairs: readonly Pair<Node, Node | null>[], at: number, path: Path, reading: Reading): LocatedMap {
  const entries = new Map<string, LocatedEntry>();
  const merged: LocatedMap[] = [];
  for (const { key, value } of pairs) {
    const keyAt = key?.range?.[0] ?? at;
    if (!isScalar(key) || typeof key.value === 'object') {
      reading.complaints.push({ at: keyAt, path, message: 'a key must be one plain word' });
      continue;
    }
    // As it is written: `1.10` is another tag than `1.1`.
    const name = typeof key.value === 'number' ? (key.source ?? String(key.value)) : String(key.value);
    if (name === '<<' && key.type === 'PLAIN') {
      merged.push(...mergeSources(locate(value, path, reading), keyAt, path, reading));
      continue;
    }
    if (entries.has(name)) {
      const place = path.length === 0 ? '' : ` in ${sayPath(path)}`;
      reading.complaints.push({ at: keyAt, path: [...path, name], message: `duplicate key "${name}"${place}` });
      continue;
    }
    const node = locate(value, [...path, name], reading);
    if (node === null) continue;
    // An empty value has no place of its own that people would look at: its key has.
    const isEmpty = node.kind === 'scalar' && node.value === null;
    entries.set(name, { keyAt, node: isEmpty ? scalar(null, keyAt) : node });
  }
  for (const source of merged) {
    for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
  }
  return { kind: 'map', at, size: sizeOf([...entries.values()].map(({ node }) => node)), entries };
}

/** The maps that `<<` brings in: one, or a list of which the first wins. */
function mergeSources(value: Located | null, at: number, path: Path, reading: Reading): readonly LocatedMap[] {
  if (value?.kind === 'map') return [value];
  const items = value?.kind === 'list' ? value.items : [];
  const maps = items.filter((item) => item.kind === 'map');
  if (value !== null && (maps.length === 0 || maps.length < items.length)) {
    reading.complaints.push({ at, path, message: '<< takes a map, such as *name' });
  }
  return maps;
}

function locateScalar(
  value: unknown,
  [start, end]: readonly [number, number, number],
  path: Path,
  reading: Reading,
): LocatedScalar {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return scalar(value, start);
  const written = typeof value === 'string' ? value : String(value);
  const { text, missing } = fillVariables(written, reading.env);
  for (const name of missing) reading.missing.push({ name, at: start, path });
  const found = text === written ? reading.text.slice(start, end).indexOf(written) : -1;
  return {
    kind: 'scalar',
    at: start,
    size: 1,
    value: text,
    textAt: found < 0 ? null : start + found,
    isUnset: missing.length > 0,
    isFilled: text !== written,
  };
}

/** A value that stands nowhere letter by letter: empty, a number, or a default. */
export function scalar(value: string | number | boolean | null, at: number): LocatedScalar {
  return { kind: 'scalar', at, size: 1, value, textAt: null, isUnset: false, isFilled: false };
}

/** The value below a path, if there is one. */
export function find(root: Located, path: Path): Located | null {
  let node: Located | undefined = root;
  for (const part of path) {
    if (node?.kind === 'map' && typeof part === 'string') node = node.entries.get(part)?.node;
    else if (node?.kind === 'list' && typeof part === 'number') node = node.items[part];
    else return null;
  }
  return node ?? null;
}

/** Where to point for something at a path: its value, or the key or value of what is nearest above it. */
export function placeOf(root: Located, path: Path, prefer: 'key' | 'value' = 'value'): number {
  const node = find(root, path);
  const last = path.at(-1);
  if (last === undefined) return root.at;
  const parent = find(root, path.slice(0, -1));
  const entry = parent?.kind === 'map' && typeof last === 'string' ? parent.entries.get(last) : undefined;
  if (prefer === 'key' && entry !== undefined) return entry.keyAt;
  return node?.at ?? placeOf(root, path.slice(0, -1), 'key');
}

/** Whether the value at a path waits for a variable that is not set, so that nothing can be said about it. */
export function isUnset(root: Located, path: Path): boolean {
  const node = find(root, path);
  return node?.kind === 'scalar' && node.isUnset;
}

function sizeOf(nodes: readonly Located[]): number {
  return nodes.reduce((sum, { size }) => sum + size, 1);
}
