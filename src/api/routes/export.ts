import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { Type } from 'typebox';
import { type Database, errorCode } from '../../store/database.ts';
import { readColumns } from '../../store/history.ts';
import type { StoredTag } from '../../store/tags.ts';
import { listTexts } from '../../store/texts.ts';
import { type ExportFormat, exportHead, exportLines, exportTexts } from '../history/export-lines.ts';
import { createGate } from '../history/gate.ts';
import { listTagsOfQuery, queryRange, RangeQuery, requireTags, TagsQuery } from '../history-query.ts';
import { Problem, problemResponses } from '../problem.ts';
import type { ApiServices, Routes } from '../services.ts';

/** Rows that are read, written and forgotten at a time: about 300 kB of text. */
const PAGE_ROWS = 5_000;
/** The same of texts, as long as they may be: 2 MB. */
const PAGE_TEXTS = 500;
const MOST_TAGS = 1_000;
const MOST_AT_ONCE = 4;

// Of the type that the handler sends; the document says what it carries.
const Lines = Type.Unsafe<Readable>(Type.String());

/** Every reading of some tags, as a stream of any length. */
export function exportRoutes(routes: Routes, { database, clock, onFailure }: ApiServices): void {
  const gate = createGate(MOST_AT_ONCE, 'exports');

  routes.get(
    '/export',
    {
      config: { scope: 'read' },
      preValidation: listTagsOfQuery,
      schema: {
        tags: ['readings'],
        summary: 'Every reading of some tags, as CSV or NDJSON.',
        description:
          'A stream of any length: tag by tag in the order given, oldest reading first; numbers before texts, where a tag had both. A stream that breaks off without its end is not complete. ' +
          'Compressed when you send `Accept-Encoding: gzip`.',
        querystring: Type.Object({
          tag: TagsQuery(MOST_TAGS),
          ...RangeQuery,
          format: Type.Unsafe<ExportFormat>(Type.String({ enum: ['csv', 'ndjson'], default: 'csv' })),
        }),
        response: {
          200: {
            description: 'Lines.',
            content: { 'text/csv': { schema: Lines }, 'application/x-ndjson': { schema: Lines } },
          },
          404: Problem,
          ...problemResponses,
        },
      },
    },
    async ({ query, headers }, reply) => {
      const range = queryRange(query, clock.now());
      const tags = await requireTags(database, query.tag);
      const leave = gate.enter();
      const lines = Readable.from(exportOf(database, tags, { ...range, format: query.format }), {
        objectMode: true,
        highWaterMark: 1,
      });
      // Also when nobody ever read from it: then the generator was never begun.
      lines.once('close', leave);
      lines.once('error', (error) => {
        if (errorCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') onFailure({ error, route: 'GET /api/v1/export' }); // else the reader left
      });
      reply
        .header('content-type', query.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson')
        .header('content-disposition', `attachment; filename="readings.${query.format}"`)
        .header('cache-control', 'no-store');
      if (!/\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))) return reply.send(lines);
      // An error ends both streams, and whoever sends them sees it on the second one.
      const compressed = pipeline(lines, createGzip({ level: 3 }), () => undefined);
      return reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding').send(compressed);
    },
  );
}

/** Pages by key, not a cursor: no connection is held while the client reads, and one that goes away leaves nothing open. */
async function* exportOf(
  database: Database,
  tags: readonly StoredTag[],
  range: { readonly from: number; readonly to: number; readonly format: ExportFormat },
): AsyncGenerator<string> {
  yield exportHead(range.format);
  for (const { id, name } of tags) {
    let after: number | undefined;
    for (;;) {
      const page = await readColumns(database, { tagId: id, ...range, limit: PAGE_ROWS, after });
      if (page.at.length > 0) yield exportLines(range.format, name, page);
      if (page.at.length < PAGE_ROWS) break;
      after = page.at.at(-1);
    }
    yield* textsOf(database, { id, name }, range);
  }
}

async function* textsOf(
  database: Database,
  { id, name }: Pick<StoredTag, 'id' | 'name'>,
  range: { readonly from: number; readonly to: number; readonly format: ExportFormat },
): AsyncGenerator<string> {
  let after: number | undefined;
  for (;;) {
    const page = await listTexts(database, { tagId: id, ...range, limit: PAGE_TEXTS, after });
    if (page.length > 0) yield exportTexts(range.format, name, page);
    if (page.length < PAGE_TEXTS) return;
    after = page.at(-1)!.at;
  }
}
