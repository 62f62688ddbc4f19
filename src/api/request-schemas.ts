/**
 * A request's schema as it is published: what has a default may be left out, so it is not among the `required`. The schema itself
 * lists it there, for whoever reads the request after the defaults were filled in.
 */
export function publishRequest(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(publishRequest);
  if (typeof schema !== 'object' || schema === null) return schema;
  const published = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, publishRequest(value)]));
  const { required, properties } = published;
  if (!Array.isArray(required) || typeof properties !== 'object' || properties === null) return published;
  const defaulted = new Set(Object.entries(properties).flatMap(([key, each]) => (hasDefault(each) ? [key] : [])));
  const needed = required.filter((key) => !defaulted.has(key));
  if (needed.length === 0) delete published['required'];
  else published['required'] = needed;
  return published;
}

function hasDefault(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'default' in schema;
}
