import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import type { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createGzip } from 'node:zlib';

/** What a streamed request was answered. */
export interface StreamAnswer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The JSON of the answer; `null` when it has none. */
  readonly body: any;
}

/** A request whose body is written as it goes, in chunks. */
export interface StreamRequest {
  readonly request: ClientRequest;
  /** Writes, and waits while the server does not read. Writes nothing more once the server has answered. */
  write(part: string | Buffer): Promise<void>;
  /** Ends the body, unless it was answered before, and waits for the answer. */
  answer(): Promise<StreamAnswer>;
}

/** Begins a POST with a body of unknown length. */
export function streamRequest(
  url: string,
  headers: Readonly<Record<string, string>>,
  packing: 'plain' | 'gzip' = 'plain',
): StreamRequest {
  const request = httpRequest(url, {
    method: 'POST',
    agent: false,
    headers: { ...headers, ...(packing === 'gzip' ? { 'content-encoding': 'gzip' } : {}) },
  });
  let isAnswered = false;
  const answered = new Promise<StreamAnswer>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      isAnswered = true;
      const { statusCode: status = 0, headers: answerHeaders } = response;
      text(response)
        .then((body) => ({ status, headers: answerHeaders, body: body === '' ? null : JSON.parse(body) }))
        .then(resolve, reject)
        .finally(() => request.destroy());
    });
  });
  answered.catch(() => undefined); // told by `answer`
  const target: Writable = packing === 'gzip' ? createGzip({ level: 1 }) : request;
  if (target !== request) target.pipe(request);
  return {
    request,
    write: async (part) => {
      if (!isAnswered && !target.write(part)) await Promise.race([once(target, 'drain'), answered]);
    },
    answer: () => {
      if (!isAnswered) target.end();
      return answered;
    },
  };
}
