import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Values turned into text in one turn of the event loop: about 3 ms. */
const VALUES_A_TURN = 16_384;

/**
 * Answers with values and what they belong to: as JSON, or, when the request accepts `application/octet-stream`, as 32-bit floats,
 * little-endian, with `fields` as headers `<name>`. JSON goes out in pieces: a million numbers at once would hold up the service.
 */
export function sendFloats(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: {
    /** What stands before the values. */
    readonly fields: Readonly<Record<string, string | number>>;
    /** Name of the values' field. */
    readonly name: string;
    readonly values: Float32Array;
    /** What a reader of bytes must know, as headers. */
    readonly headers: Readonly<Record<string, string>>;
  },
): FastifyReply {
  const { fields, name, values, headers } = answer;
  reply.header('vary', 'accept').header('cache-control', 'no-store');
  if (!/\bapplication\/octet-stream\b/i.test(request.headers.accept ?? '')) {
    return reply.type('application/json; charset=utf-8').send(Readable.from(jsonOf(fields, name, values)));
  }
  return reply
    .type('application/octet-stream')
    .headers(headers)
    .send(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
}

async function* jsonOf(
  fields: Readonly<Record<string, string | number>>,
  name: string,
  values: Float32Array,
): AsyncGenerator<string> {
  yield `${JSON.stringify(fields).slice(0, -1)},${JSON.stringify(name)}:[`;
  for (let from = 0; from < values.length; from += VALUES_A_TURN) {
    const texts = Array.from(values.subarray(from, from + VALUES_A_TURN), textOf);
    yield `${from === 0 ? '' : ','}${texts.join()}`;
    await setImmediate();
  }
  yield ']}';
}

/** JSON.stringify makes 0 of -0. */
function textOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
