import { Type } from 'typebox';
import { ApiError } from '../../model/errors.ts';
import { formatTime } from '../../model/time.ts';
import type { AdoptionOutcome, UnknownTag } from '../../model/unknown-tag.ts';
import { PageQuery, textCursor, toPage } from '../page.ts';
import { Problem, problemResponses } from '../problem.ts';
import { nullable, Time, text } from '../schemas.ts';
import type { ApiServices, Routes } from '../services.ts';

const MOST_AT_ONCE = 1_000;

const UnknownTagSchema = Type.Object(
  {
    source: text,
    name: text,
    firstSeen: Time,
    lastSeen: Time,
    count: Type.Integer({ description: 'Readings of it so far; none of them was stored.' }),
    value: nullable(Type.Number()),
  },
  { title: 'UnknownTag' },
);

const Adopted = Type.Object(
  {
    adopted: Type.Array(text),
    refused: Type.Array(Type.Object({ tag: text, code: text, reason: text })),
  },
  { title: 'Adopted' },
);

/** Tags that sources with `adopt: ask` brought and the plant file does not have, and how a person adopts them. */
export function unknownTagRoutes(routes: Routes, { adoption }: ApiServices): void {
  routes.get(
    '/unknown-tags',
    {
      config: { scope: 'read' },
      schema: {
        tags: ['plant'],
        summary: 'Unknown tags of sources with `adopt: ask`, by source and name.',
        description:
          'What they bring is discarded, and counted as `unknown_tag`, until somebody adopts them. Listed since the service was started.',
        querystring: Type.Object({ ...PageQuery, source: Type.Optional(Type.String({ maxLength: 200 })) }),
        response: {
          200: Type.Object({
            items: Type.Array(UnknownTagSchema),
            next: nullable(text),
            notListed: Type.Integer({
              description:
                'Readings of further unknown tags: those beyond adoptLimit (at most 10,000) of a source are not listed.',
            }),
          }),
          ...problemResponses,
        },
      },
    },
    async ({ query: { limit, cursor, source } }) => {
      const rows = adoption.list({ after: readKey(textCursor(cursor)), limit: limit + 1, source });
      return { ...toPage(rows, limit, keyOf, present), notListed: adoption.notListed() };
    },
  );

  routes.post(
    '/unknown-tags/adopt',
    {
      config: { scope: 'operate' },
      schema: {
        tags: ['plant'],
        summary: 'Makes tags of unknown ones of a source; what they bring from then on is stored.',
        body: Type.Object(
          {
            source: Type.String({ minLength: 1, maxLength: 200 }),
            tags: Type.Array(Type.String({ minLength: 1, maxLength: 500 }), { minItems: 1, maxItems: MOST_AT_ONCE }),
          },
          { additionalProperties: false },
        ),
        response: { 200: Adopted, 404: Problem, ...problemResponses },
      },
    },
    async ({ body: { source, tags }, caller }): Promise<Mutable<AdoptionOutcome>> => {
      const outcome = await adoption.adopt({ source, tags, by: caller!.principal.name });
      if (outcome === null) throw new ApiError(404, 'not_found', `there is no source ${JSON.stringify(source)}`);
      return { adopted: [...outcome.adopted], refused: [...outcome.refused] };
    },
  );
}

/** What a schema's type asks for, where ours are readonly. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };

/** The id of a source has no space. */
function keyOf({ source, name }: UnknownTag): string {
  return `${source} ${name}`;
}

function readKey(key: string): Pick<UnknownTag, 'source' | 'name'> | null {
  const space = key.indexOf(' ');
  return space < 0 ? null : { source: key.slice(0, space), name: key.slice(space + 1) };
}

function present({ firstSeen, lastSeen, ...tag }: UnknownTag) {
  return { ...tag, firstSeen: formatTime(firstSeen), lastSeen: formatTime(lastSeen) };
}
