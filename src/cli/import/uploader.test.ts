import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import { uploadChunk } from './uploader.ts';

const CHUNK = [{ tag: 'a.x', at: 1, value: 1, quality: 'good' as const }];
let server: Server;
afterEach(() => new Promise((done) => server.close(done)));

/** A service that answers with these, one after the other. */
async function answering(answers: readonly { status: number; retryAfterS?: number; body: object }[]): Promise<string> {
  const left = [...answers];
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { status, retryAfterS, body } = left.shift()!;
      if (retryAfterS !== undefined) response.setHeader('retry-after', String(retryAfterS));
      response.writeHead(status).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function upload(url: string) {
  const said: string[] = [];
  const stored: number[] = [];
  const done = uploadChunk(CHUNK, {
    url,
    key: 'k',
    clock: systemClock,
    signal: new AbortController().signal,
    onTrouble: (trouble) => void said.push(trouble),
    onPart: (count) => void stored.push(count),
  });
  return { said, stored, done };
}

const detail = 'this key has pushed its 200 bytes of today (UTC); 1674 readings were stored before';

describe('a chunk of an import', () => {
  it('is given up at once when the service takes more only in hours, with when, and what was stored of it', async () => {
    const { done, stored } = upload(
      await answering([{ status: 429, retryAfterS: 79_336, body: { detail, accepted: 1_674 } }]),
    );
    await expect(done).rejects.toThrow(
      /1674 readings were stored before; it takes more at 20\d\d-.*Z, in 22 h 2 min: run the same command again then$/,
    );
    expect(stored).toEqual([1_674]);
  });

  it('is sent again after a short wait, and says after which', async () => {
    const { done, said } = upload(
      await answering([
        { status: 429, retryAfterS: 1, body: { detail: 'busy' } },
        { status: 200, body: { accepted: 1, rejected: [] } },
      ]),
    );
    expect(await done).toEqual({ accepted: 1, refused: [], refusedCount: 0 });
    expect(said).toEqual(['busy; will try again in 1 s']);
  });
});
