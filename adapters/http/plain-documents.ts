import type { FastifyInstance } from 'fastify';
import type { Reading } from '../adapter.ts';
import type { DecodedLines } from './decoded-lines.ts';
import type { PlainItems } from './plain-items.ts';

/** A JSON body `{"readings": […]}` whose items were all read at once. The schema of the route finds it to be what it says. */
export class PlainDocument {
  readonly readings: Reading[];

  constructor(readings: Reading[]) {
    this.readings = readings;
  }

  /** Takes the readings out: none are left. */
  take(): DecodedLines {
    const readings = this.readings.splice(0);
    return { readings, lines: readings.map((_, index) => index + 1), problems: [] };
  }
}

/** Reads JSON bodies of `scope` as `PlainDocument` where they are that plain; any other as Fastify does. */
export function readPlainDocuments(scope: FastifyInstance, plain: PlainItems): void {
  const readAny = scope.getDefaultJsonParser('error', 'error');
  scope.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    const readings = plain.readDocument(body);
    if (readings === null) void readAny(request, body, done);
    else done(null, new PlainDocument(readings));
  });
}
