import { type TSchema, Type } from 'typebox';
import type { Detector } from '../../rules/detector.ts';
import type { AdapterSchemas } from './context.ts';
import { AssetSection, EndpointSection, PlantSection, RuleSection, SourceSection, TagSection } from './sections.ts';

/** Any JSON Schema node, as it is copied. */
type Json = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of a plant file, for editors and for the reference: one schema put together from the sections and from
 * what the adapters and detectors say of themselves. What a schema cannot say (that a tag exists, that an address fits
 * the adapter it is read from) is left to `loadPlant`.
 */
export function plantSchema(
  adapters: readonly AdapterSchemas[],
  detectors: readonly Pick<Detector, 'kind' | 'config'>[],
): TSchema {
  const { properties } = PlantSection;
  const plant = asJson(PlantSection);
  const tag = { ...asJson(TagSection), properties: { ...TagSection.properties, address: addressSchema(adapters) } };
  const asset = {
    ...asJson(AssetSection),
    properties: { ...AssetSection.properties, tags: withEntries(asJson(AssetSection.properties.tags), tag) },
  };
  const whole = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Millwright plant file',
    ...plant,
    properties: {
      ...properties,
      adapters: withEntries(asJson(properties.adapters), sourceSchema(adapters)),
      assets: withEntries(asJson(properties.assets), asset),
      rules: withEntries(asJson(properties.rules), ruleSchema(detectors)),
      notify: withEntries(asJson(properties.notify), asJson(EndpointSection)),
    },
  };
  return Type.Unsafe(published(whole) as Json); // published keeps a map a map
}

/** One adapter: what all have, and by its kind what its protocol has. */
function sourceSchema(adapters: readonly AdapterSchemas[]): Json {
  const kinds = adapters.map(({ kind }) => kind);
  return {
    type: 'object',
    required: ['kind'],
    properties: { ...SourceSection.properties, kind: { ...SourceSection.properties.kind, enum: kinds } },
    allOf: adapters.map(({ kind, config }) => {
      const own = asJson(config);
      const properties = { ...SourceSection.properties, ...asJson(own['properties']), kind: { const: kind } };
      return onWord('kind', kind, { ...own, properties });
    }),
  };
}

/** One rule: what all have, and by its detector the settings of that. */
function ruleSchema(detectors: readonly Pick<Detector, 'kind' | 'config'>[]): Json {
  const kinds = detectors.map(({ kind }) => kind);
  return {
    ...asJson(RuleSection),
    properties: { ...RuleSection.properties, detect: { ...RuleSection.properties.detect, enum: kinds } },
    // A detector whose settings all have defaults may go without `with`.
    allOf: detectors.map(({ kind, config }) =>
      onWord('detect', kind, {
        properties: { with: config },
        ...(demands(asJson(config)) ? { required: ['with'] } : {}),
      }),
    ),
  };
}

function addressSchema(adapters: readonly AdapterSchemas[]): Json {
  return { ...asJson(TagSection.properties.address), anyOf: adapters.map(({ address }) => address) };
}

function withEntries(record: Json, entry: Json): Json {
  const [pattern = '.*'] = Object.keys(asJson(record['patternProperties']));
  return { ...record, patternProperties: { [pattern]: entry } };
}

/** What holds where a key has a certain word. */
function onWord(key: string, word: string, schema: Json): Json {
  // biome-ignore lint/suspicious/noThenProperty: `then` is the keyword of JSON Schema; nobody awaits a schema
  return { if: { properties: { [key]: { const: word } }, required: [key] }, then: schema };
}

/**
 * Turns our schemas into ones that an editor takes: what has a default may be left out, an empty map may be written as
 * nothing, and a duration or an amount of bytes is a text with a pattern (JSON Schema's own `duration` format is the ISO
 * 8601 one).
 */
function published(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(published);
  if (typeof node !== 'object' || node === null) return node;
  const { 'x-minimum': minimum, 'x-maximum': maximum, 'x-keys': _keys, 'x-names': _names, ...rest } = asJson(node);
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    copy[key] = key === 'default' || key === 'examples' || key === 'const' || key === 'enum' ? value : published(value);
  }
  if (rest['format'] === 'duration' || rest['format'] === 'bytes') {
    delete copy['format'];
    const bounds = [minimum && `At least ${minimum}.`, maximum && `At most ${maximum}.`].filter(Boolean);
    copy['description'] = [rest['description'], ...bounds].filter(Boolean).join(' ');
  }
  if (rest['type'] === 'object') {
    const required = requiredOf(rest);
    delete copy['required'];
    if (required.length > 0) copy['required'] = required;
    else copy['type'] = ['object', 'null'];
  }
  return copy;
}

function requiredOf(schema: Json): readonly string[] {
  const properties = asJson(schema['properties']);
  const required = Array.isArray(schema['required']) ? schema['required'] : [];
  return required.filter((key: string) => asJson(properties[key])['default'] === undefined);
}

function demands(schema: Json): boolean {
  return requiredOf(schema).length > 0;
}

/** A TypeBox schema is a plain JSON object; what is absent reads as an empty one. */
function asJson(schema: unknown): Json {
  return typeof schema === 'object' && schema !== null ? (schema as Json) : {};
}
