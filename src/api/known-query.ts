import type { FastifyInstance } from 'fastify';
import { ApiError } from '../model/errors.ts';
import { nearest } from '../model/nearest.ts';

/**
 * Has the routes of a scope refuse parameters of the query that they do not know, with the one that was probably meant: a filter that is
 * misspelt and ignored answers with what nobody asked for.
 */
export function refuseUnknownQueries(scope: Pick<FastifyInstance, 'addHook'>): void {
  scope.addHook('preValidation', async ({ query, routeOptions }) => {
    const known = namesIn(routeOptions.schema?.querystring);
    for (const name of Object.keys(query ?? {})) {
      if (name === '' || known.includes(name)) continue;
      const meant = nearest(name, known);
      const said = meant === null ? sayKnown(known) : `did you mean ${JSON.stringify(meant)}?`;
      throw new ApiError(400, 'body_invalid', `there is no query parameter ${JSON.stringify(name)}: ${said}`);
    }
  });
}

function namesIn(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null || !('properties' in schema)) return [];
  return Object.keys(schema.properties ?? {});
}

function sayKnown(known: readonly string[]): string {
  return known.length === 0 ? 'this address takes none' : `there are ${known.join(', ')}`;
}
