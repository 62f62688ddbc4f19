import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { FastifySchemaCompiler, FastifySchemaValidationError } from 'fastify';
import { nearest } from '../model/nearest.ts';

/** Text becomes a number only in a query or a path, where everything is text; a body means what it says. */
export function createValidatorCompiler(): FastifySchemaCompiler<object> {
  const options = { useDefaults: true, removeAdditional: false, allErrors: false, strict: false } as const;
  // Verbose: a complaint brings the schema it is about, so that it can say what there is.
  const strict = new Ajv({ ...options, coerceTypes: false, verbose: true });
  const coercing = new Ajv({ ...options, coerceTypes: true, verbose: true });
  for (const ajv of [strict, coercing]) addFormats.default(ajv);
  return ({ schema, httpPart }) => (httpPart === 'body' ? strict : coercing).compile(schema);
}

/** What a request was refused for, in words: a key that is unknown or a word that is not allowed is told with those there are. */
export function sayValidationError(errors: readonly FastifySchemaValidationError[], part: string): Error {
  return new Error(
    mostTelling(errors)
      .map((error) => sayComplaint(error, part))
      .join(', '),
  );
}

function sayComplaint(error: FastifySchemaValidationError, part: string): string {
  const { instancePath, keyword, params, message = 'is not as it should be' } = error;
  const place = `${part}${instancePath}`;
  const { properties, description } = schemaOf(error);
  if (keyword === 'additionalProperties') return sayUnknownKey(String(params['additionalProperty']), properties, place);
  if (keyword === 'enum' && Array.isArray(params['allowedValues']))
    return `${place} must be one of ${params['allowedValues'].join(', ')}`;
  if (keyword === 'pattern' && part === 'querystring' && description !== undefined)
    return `${place} is not as it should be: ${description.replace(/\.$/, '')}`;
  return `${place} ${message}`;
}

function sayUnknownKey(key: string, known: readonly string[], place: string): string {
  const meant = nearest(key, known);
  const hint = meant === null ? '' : `did you mean ${JSON.stringify(meant)}? `;
  return `there is no key ${JSON.stringify(key)} in ${place}: ${hint}there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`;
}

/** Of a value that is none of several kinds: what is wrong with the kind it was meant to be, else which kinds there are. */
function mostTelling(errors: readonly FastifySchemaValidationError[]): readonly FastifySchemaValidationError[] {
  const union = errors.find(({ keyword }) => keyword === 'anyOf');
  if (union === undefined) return errors;
  const isOfKind = (error: FastifySchemaValidationError) =>
    error.keyword === 'type' && error.instancePath === union.instancePath;
  const within = errors.filter((error) => error !== union && !isOfKind(error));
  if (within.length > 0) return within;
  const kinds = errors.filter(isOfKind).map(({ params }) => params['type']);
  return kinds.length === 0 ? [union] : [{ ...union, message: `must be ${kinds.join(' or ')}` }];
}

/** What the schema that complains says about itself; the library's types do not tell that it is there. */
function schemaOf(error: object): { readonly properties: readonly string[]; readonly description: string | undefined } {
  const schema: unknown = 'parentSchema' in error ? error.parentSchema : null;
  if (typeof schema !== 'object' || schema === null) return { properties: [], description: undefined };
  const properties = 'properties' in schema ? Object.keys(schema.properties ?? {}) : [];
  const description =
    'description' in schema && typeof schema.description === 'string' ? schema.description : undefined;
  return { properties, description };
}
