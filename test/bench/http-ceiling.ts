// A program of its own: `node --import tsx http-ceiling.ts PORT`. What fastify can take when nothing is kept.
import Fastify from 'fastify';

const READING = {
  type: 'object',
  required: ['tag', 'at', 'value'],
  additionalProperties: false,
  properties: {
    tag: { type: 'string', minLength: 3, maxLength: 300 },
    at: { type: 'number' },
    value: { type: 'number' },
    quality: { enum: ['good', 'uncertain', 'bad'] },
  },
} as const;
const NAMED = /^[A-Za-z0-9_-]+$/;

interface PushedReading {
  readonly tag: string;
  readonly at: number;
  readonly value: number;
}

const server = Fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } });
server.addContentTypeParser('application/x-ndjson', { parseAs: 'string' }, (_request, body, done) => {
  done(null, readNdjson(String(body)));
});
server.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) => {
  done(null, readLines(String(body)));
});

const body = {
  type: 'object',
  required: ['readings'],
  additionalProperties: false,
  properties: { readings: { type: 'array', maxItems: 20_000, items: READING } },
};
server.post<{ Body: { readings: PushedReading[] } }>('/api/v1/readings', { schema: { body } }, (request, reply) => {
  reply.send({ accepted: request.body.readings.length, rejected: [] });
});
server.post<{ Body: PushedReading[] }>('/api/v2/write', (request, reply) => {
  if (request.body.length === 0) reply.code(400);
  else reply.code(204);
  reply.send();
});
await server.listen({ port: Number(process.argv[2]), host: '127.0.0.1' });
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));

/** One reading a line; the schema of the route checks them all as it does those of JSON. */
function readNdjson(text: string): { readings: unknown[] } {
  const readings: unknown[] = [];
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    if (end > from) readings.push(JSON.parse(text.slice(from, end)));
    from = end + 1;
  }
  return { readings };
}

/** `measurement,asset=a,point=p value=1 1767225600000000000`, without escapes: what the generator sends. */
function readLines(text: string): PushedReading[] {
  const readings: PushedReading[] = [];
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    const tagsEnd = text.indexOf(' ', from);
    const fieldsEnd = text.indexOf(' ', tagsEnd + 1);
    const asset = textBetween(text, 'asset=', { from, to: tagsEnd });
    const point = textBetween(text, 'point=', { from, to: tagsEnd });
    const value = Number(text.slice(text.indexOf('=', tagsEnd) + 1, fieldsEnd));
    const at = Number(text.slice(fieldsEnd + 1, end - 6)); // nanoseconds: the last six digits are below a millisecond
    if (NAMED.test(asset) && point !== '' && Number.isFinite(value) && Number.isFinite(at)) {
      readings.push({ tag: `${asset}.${point}`, at, value });
    }
    from = end + 1;
  }
  return readings;
}

function textBetween(text: string, key: string, range: { readonly from: number; readonly to: number }): string {
  const start = text.indexOf(key, range.from) + key.length;
  const comma = text.indexOf(',', start);
  return text.slice(start, comma < 0 || comma > range.to ? range.to : comma);
}
