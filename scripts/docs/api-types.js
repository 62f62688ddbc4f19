/** Writes a TypeScript interface for every schema with a title in an OpenAPI document, in the order of their names. */
export function apiTypes(document) {
  const found = new Map();
  collect(document.paths, found);
  const interfaces = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  return ['// Written from docs/openapi.json by `npm run docs`. Do not edit.', ...interfaces].join('\n\n').concat('\n');
}

function collect(node, found) {
  if (typeof node !== 'object' || node === null) return;
  if (typeof node.title === 'string' && node.type === 'object') {
    const text = interfaceOf(node);
    const known = found.get(node.title);
    // Descriptions may differ: the one that says most is kept.
    if (known !== undefined && withoutComments(known) !== withoutComments(text)) {
      throw new Error(`two different schemas are called ${node.title}`);
    }
    if (known === undefined || text.length > known.length) found.set(node.title, text);
  }
  for (const child of Object.values(node)) collect(child, found);
}

function interfaceOf(schema) {
  return `${comment(schema, '')}export interface ${schema.title} ${members(schema, '')}`;
}

function members(schema, indent) {
  const required = new Set(schema.required ?? []);
  const lines = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const mark = required.has(name) ? '' : '?';
    return `${comment(property, `${indent}  `)}${indent}  readonly ${name}${mark}: ${typeOf(property, `${indent}  `)};`;
  });
  if (schema.additionalProperties === true) lines.push(`${indent}  readonly [other: string]: unknown;`);
  return `{\n${lines.join('\n')}\n${indent}}`;
}

function comment(schema, indent) {
  const description = schema.description ?? schema.anyOf?.find((branch) => branch.description)?.description;
  return description === undefined ? '' : `${indent}/** ${description.replaceAll('*/', '* /')} */\n`;
}

function typeOf(schema, indent) {
  if (schema.const !== undefined) return quote(schema.const);
  if (schema.enum) return schema.enum.map(quote).join(' | ');
  if (schema.anyOf) return schema.anyOf.map((branch) => typeOf(branch, indent)).join(' | ');
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return arrayOf(schema, indent);
    case 'object':
      return objectOf(schema, indent);
    default:
      return 'unknown';
  }
}

function arrayOf({ items, minItems, maxItems }, indent) {
  const item = typeOf(items, indent);
  if (minItems !== undefined && minItems === maxItems) return `readonly [${Array(minItems).fill(item).join(', ')}]`;
  return `readonly ${/ \| /.test(item) && !item.endsWith('}') ? `(${item})` : item}[]`;
}

function objectOf(schema, indent) {
  if (typeof schema.title === 'string') return schema.title;
  const [values] = Object.values(schema.patternProperties ?? {});
  const rest = values ?? (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
  return rest === undefined ? members(schema, indent) : `Readonly<Record<string, ${typeOf(rest, indent)}>>`;
}

function quote(value) {
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
}

function withoutComments(text) {
  return text.replace(/^ *\/\*\*.*\n/gm, '');
}
