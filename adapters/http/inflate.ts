import { createGunzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { ApiError } from '../../src/model/errors.ts';

/**
 * Unpacks gzip bodies of the routes that are registered in `scope` afterwards. Fastify stops reading at its body limit,
 * counted after unpacking: a small packed body can hold gigabytes.
 */
export function acceptGzip(scope: FastifyInstance): void {
  scope.addHook('preParsing', (request, _reply, payload, done) => {
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity') return done(null, payload);
    if (encoding !== 'gzip') {
      return done(new ApiError(415, 'body_invalid', `content-encoding ${encoding} is not known: send gzip or none`));
    }
    const unpacked = createGunzip();
    let receivedEncodedLength = 0;
    payload.on('data', (chunk: Buffer) => {
      receivedEncodedLength += chunk.length;
    });
    // What the content-length header speaks of; Fastify compares the two.
    Object.defineProperty(unpacked, 'receivedEncodedLength', { get: () => receivedEncodedLength });
    payload.on('error', (error) => unpacked.destroy(error));
    // Fastify takes an error with a status for the client's.
    unpacked.on('error', (error) => Object.assign(error, { statusCode: 400 }));
    return done(null, payload.pipe(unpacked));
  });
}
