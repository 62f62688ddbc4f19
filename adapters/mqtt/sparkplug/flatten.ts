import type { DiscardReason, EpochMs, Quality } from '../../adapter.ts';
import { type Catalogue, type Definition, define } from './catalogue.ts';
import { Datatype, type Numeric, readArray, readNumber } from './number.ts';
import type { DataSet, Metric, RawValue } from './payload.ts';
import { readQuality } from './quality.ts';
import { readTexts } from './texts.ts';

/** Elements of one array, and columns of one dataset, that become values: more are a file, not signals. */
export const MAX_FIELDS = 256;

/** One number of a metric. `path` is the metric's name, with `/field` for what was inside it. */
export interface Value {
  readonly path: string;
  /** `null`: the payload carries no time. */
  readonly at: EpochMs | null;
  readonly value: number | null;
  /** What it says in words, in place of a number. */
  readonly text?: string;
  readonly quality: Quality;
  readonly code?: number;
  readonly isHistorical: boolean;
}

/** What a payload became. Each of `refused` is one value that did not become one. */
export interface Values {
  readonly values: Value[];
  readonly refused: Refused[];
  /** True when a metric was not understood because its birth was not, which a rebirth would heal. */
  isUndefined: boolean;
}

/** `path`: `null` when not even the name is known. */
export interface Refused {
  readonly path: string | null;
  readonly reason: DiscardReason;
}

/** How metrics are read: by what birth, and what it is called when that does not know one. */
export interface FlattenOptions {
  readonly catalogue: Catalogue;
  readonly timestamp: EpochMs | null;
  readonly whenUndefined: DiscardReason;
}

/** Turns metrics into numbers: members, columns and elements become values of their own. Never throws. */
export function flatten(metrics: readonly Metric[], options: FlattenOptions): Values {
  const into: Values = { values: [], refused: [], isUndefined: false };
  for (const metric of metrics) {
    const found = define(options.catalogue, metric);
    if (found !== null) {
      take(metric, { definition: found, path: found.name, timestamp: options.timestamp }, into);
      continue;
    }
    const isNothing = metric.name === null && metric.alias === null;
    into.refused.push({ path: metric.name, reason: isNothing ? 'malformed' : options.whenUndefined });
    into.isUndefined ||= !isNothing;
  }
  return into;
}

/** Where a metric stands: at the top, or within a template. */
interface Place {
  readonly definition: Definition;
  readonly path: string;
  readonly timestamp: EpochMs | null;
}

function take(metric: Metric, place: Place, into: Values): void {
  const { definition, path } = place;
  const { value } = metric;
  if (value?.kind === 'template' && definition.datatype === Datatype.template) {
    if (!value.value.isDefinition) takeMembers(value.value.metrics, metric, place, into); // a definition has no values
    return;
  }
  const given = describe(metric, place);
  if (given === null) into.refused.push({ path, reason: 'malformed' });
  else if (metric.isTransient) into.refused.push({ path, reason: 'transient' });
  else if (metric.isNull) put({ ...given, quality: 'bad', value: null }, into);
  else if (value === null) into.refused.push({ path, reason: 'malformed' });
  else if (value.kind === 'dataset' && definition.datatype === Datatype.dataSet) takeRow(value.value, given, into);
  else if (value.kind === 'bytes' && isArray(definition.datatype)) takeElements(definition, value.value, given, into);
  else takeScalar(definition.datatype, value, given, into);
}

function isArray(datatype: number): boolean {
  return datatype >= Datatype.int8Array && datatype <= Datatype.dateTimeArray;
}

/** All of a value but its number. */
type Described = Omit<Value, 'value'>;

function describe(metric: Metric, { path, timestamp }: Place): Described | null {
  if (metric.properties === null) return null;
  const at = metric.timestamp ?? timestamp;
  return { path, at, isHistorical: metric.isHistorical, ...readQuality(metric.properties) };
}

function takeMembers(members: readonly Metric[], metric: Metric, place: Place, into: Values): void {
  for (const member of members) {
    const definition = define(place.definition.members, member);
    const path = `${place.path}/${definition?.name ?? member.name ?? member.alias}`;
    if (definition === null) {
      into.refused.push({ path, reason: 'malformed' });
      continue;
    }
    // What is said of the whole holds for each part.
    const inherited = {
      ...member,
      isHistorical: member.isHistorical || metric.isHistorical,
      isTransient: member.isTransient || metric.isTransient,
    };
    take(inherited, { definition, path, timestamp: metric.timestamp ?? place.timestamp }, into);
  }
}

/** One row is a record of fields. Several are a table: which row is which signal nobody says. */
function takeRow({ columns, types, rows }: DataSet, given: Described, into: Values): void {
  const { path } = given;
  const row = rows[0];
  if (columns.length !== types.length || rows.some((each) => each.length !== columns.length)) {
    into.refused.push({ path, reason: 'malformed' });
  } else if (rows.length > 1 || columns.length > MAX_FIELDS) {
    into.refused.push({ path, reason: 'too_large' });
  } else if (row !== undefined) {
    for (const [i, column] of columns.entries()) {
      const cell = row[i];
      const field = { ...given, path: `${path}/${column}` };
      if (cell) takeScalar(types[i]!, cell, field, into);
      else put({ ...field, quality: 'bad', value: null }, into);
    }
  }
}

function takeElements({ datatype }: Definition, bytes: Uint8Array, given: Described, into: Values): void {
  if (datatype === Datatype.stringArray) {
    takeTexts(readTexts(bytes), given, into);
    return;
  }
  const elements = readArray(datatype, bytes);
  if (elements === null) into.refused.push({ path: given.path, reason: 'malformed' });
  else if (elements.length > MAX_FIELDS) into.refused.push({ path: given.path, reason: 'too_large' });
  else
    for (const [i, element] of elements.entries()) takeNumber(element, { ...given, path: `${given.path}/${i}` }, into);
}

function takeTexts(texts: readonly string[] | null, given: Described, into: Values): void {
  if (texts === null) into.refused.push({ path: given.path, reason: 'malformed' });
  else if (texts.length > MAX_FIELDS) into.refused.push({ path: given.path, reason: 'too_large' });
  else for (const [i, text] of texts.entries()) put({ ...given, path: `${given.path}/${i}`, value: null, text }, into);
}

function takeScalar(datatype: number, raw: RawValue, given: Described, into: Values): void {
  if (raw.kind === 'string' && TEXTS.has(datatype)) put({ ...given, value: null, text: raw.value }, into);
  else takeNumber(readNumber(datatype, raw), given, into);
}

function takeNumber(read: Numeric | DiscardReason, given: Described, into: Values): void {
  if (typeof read === 'string') into.refused.push({ path: given.path, reason: read });
  else if (read.isExact || given.quality === 'bad') put({ ...given, value: read.value }, into);
  else put({ ...given, value: read.value, quality: 'uncertain' }, into);
}

function put(value: Value, { values, refused }: Values): void {
  const { at, path } = value;
  if (at !== null && !(at >= 0 && at <= LATEST)) refused.push({ path, reason: 'invalid_time' });
  else values.push(value);
}

/** Datatypes that are a text. */
const TEXTS: ReadonlySet<number> = new Set([Datatype.string, Datatype.text, Datatype.uuid]);

/** The last moment that a JavaScript date can name. */
const LATEST: EpochMs = 8.64e15;
