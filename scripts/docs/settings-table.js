import { table } from './markdown.js';

/** Writes the settings of a TypeBox schema as a table: what a person may write, in the words of a plant file. */
export function settingsTable(schema) {
  const rows = rowsOf(schema, '');
  return rows.length === 0 ? 'There are none.' : table(['setting', 'type', 'default', 'description'], rows);
}

function rowsOf(schema, prefix) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, setting]) => {
    const path = `${prefix}${name}`;
    const row = [`\`${path}\``, typeOf(setting), defaultOf(setting, required.has(name)), setting.description ?? ''];
    return [row, ...inner(setting, path)];
  });
}

/** The settings inside a setting: of a map, of the maps in a list, of the map among several choices. */
function inner(setting, path) {
  if (setting.type === 'array') return rowsOf(setting.items ?? {}, `${path}[].`);
  const map = setting.anyOf?.find(({ properties }) => properties) ?? setting;
  return rowsOf(map, `${path}.`);
}

function defaultOf(setting, isRequired) {
  if (setting.default !== undefined) return `\`${inYaml(setting.default)}\``;
  return isRequired ? '**required**' : '–';
}

function inYaml(value) {
  if (typeof value === 'string') return value;
  return JSON.stringify(value);
}

function typeOf(setting) {
  const words = wordsOf(setting);
  if (words !== null) return oneOf(words.map((word) => `\`${word}\``));
  if (setting.anyOf) return oneOf(setting.anyOf.map(typeOf));
  if (setting.format === 'bytes') return `bytes${bounds(setting['x-minimum'], setting['x-maximum'])}`;
  if (setting.format === 'duration') return `duration${bounds(setting['x-minimum'], setting['x-maximum'])}`;
  switch (setting.type) {
    case 'string':
      return 'text';
    case 'integer':
      return `whole number${bounds(setting.minimum, setting.maximum)}`;
    case 'number':
      return `number${bounds(setting.minimum, setting.maximum)}${above(setting)}`;
    case 'boolean':
      return '`true` or `false`';
    case 'array':
      return Array.isArray(setting.items)
        ? `list of ${setting.items.length} ${plural(setting.items[0])}`
        : listOf(setting);
    case 'object':
      return 'map';
    default:
      return 'see below';
  }
}

function listOf({ items = {} }) {
  const words = wordsOf(items);
  return words === null ? `list of ${plural(items)}` : `list of ${words.map((word) => `\`${word}\``).join(', ')}`;
}

function plural(items) {
  const one = typeOf({ ...items, minimum: undefined, maximum: undefined });
  return one === 'text' ? 'texts' : `${one}s`;
}

/** The words a setting chooses from, `null` when it is no choice of words. */
function wordsOf(setting) {
  if (setting.const !== undefined) return [setting.const];
  if (setting.enum) return setting.enum;
  const constants = setting.anyOf?.map((branch) => branch.const);
  return constants && !constants.includes(undefined) ? constants : null;
}

function oneOf(words) {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function bounds(minimum, maximum) {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `, at least ${minimum}`;
  return maximum === undefined ? '' : `, at most ${maximum}`;
}

function above({ exclusiveMinimum }) {
  return exclusiveMinimum === undefined ? '' : `, above ${exclusiveMinimum}`;
}
