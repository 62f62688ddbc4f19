import type { Metric } from './payload.ts';

/** What a birth said of a metric, or of a member of a template. */
export interface Definition {
  readonly name: string;
  readonly datatype: number;
  /** Members of a template; empty for anything else. */
  readonly members: Catalogue;
  /** Text of the property `engUnit`. */
  readonly unit: string | null;
  readonly range: readonly [low: number, high: number] | null;
}

/** The metrics of one birth. An alias that two of them claim leads to neither. */
export interface Catalogue {
  readonly byName: ReadonlyMap<string, Definition>;
  readonly byAlias: ReadonlyMap<string, Definition | 'ambiguous'>;
}

/** Of a device that was not born, or of which it is not certain what its aliases mean. */
export const EMPTY: Catalogue = { byName: new Map(), byAlias: new Map() };

/** How many definitions it holds, members included: the measure of what it occupies. */
export function sizeOf({ byName }: Catalogue): number {
  let size = byName.size;
  for (const { members } of byName.values()) size += sizeOf(members);
  return size;
}

/** Writes down what a birth says. Metrics without a name or a datatype define nothing; they are refused as values too. */
export function catalogue(metrics: readonly Metric[]): Catalogue {
  const byName = new Map<string, Definition>();
  const byAlias = new Map<string, Definition | 'ambiguous'>();
  for (const metric of metrics) {
    if (metric.name === null || metric.datatype === null) continue;
    const found = definition(metric.name, metric.datatype, metric);
    byName.set(metric.name, found);
    if (metric.alias !== null) byAlias.set(metric.alias, byAlias.has(metric.alias) ? 'ambiguous' : found);
  }
  return { byName, byAlias };
}

/**
 * Finds what a metric is: by what it says itself, else by its name or alias in the birth. `null` when neither says
 * enough. A name wins over an alias, and a datatype over that of the birth (data may leave it out).
 */
export function define({ byName, byAlias }: Catalogue, metric: Metric): Definition | null {
  const { name, alias, datatype } = metric;
  const born = name === null ? byAlias.get(alias ?? '') : byName.get(name);
  if (born === 'ambiguous') return null;
  if (name !== null && datatype !== null && datatype !== born?.datatype) return definition(name, datatype, metric);
  return born ?? null;
}

/** What it says of the metrics that have a unit or a range, members of templates too: by path, as they are read. */
export function* described({ byName }: Catalogue, prefix = ''): Generator<[path: string, Definition]> {
  for (const found of byName.values()) {
    if (found.unit !== null || found.range !== null) yield [prefix + found.name, found];
    yield* described(found.members, `${prefix}${found.name}/`);
  }
}

function definition(name: string, datatype: number, { value, properties }: Metric): Definition {
  return {
    name,
    datatype,
    members: value?.kind === 'template' ? catalogue(value.value.metrics) : EMPTY,
    unit: textOf(properties?.get('engUnit')),
    range: rangeOf(numberOf(properties?.get('engLow')), numberOf(properties?.get('engHigh'))),
  };
}

type Property = NonNullable<Metric['value']>;

function textOf(property: Property | undefined): string | null {
  return property?.kind === 'string' && property.value !== '' ? property.value : null;
}

function numberOf(property: Property | undefined): number | null {
  return property?.kind === 'float' || property?.kind === 'int' ? property.value : null;
}

function rangeOf(low: number | null, high: number | null): readonly [number, number] | null {
  return low !== null && high !== null && low < high ? [low, high] : null;
}
