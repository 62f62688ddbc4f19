import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { systemClock } from '../model/clock.ts';
import type { Reading } from '../model/reading.ts';
import { LiveEvents } from './live-events.ts';
import { runLiveFeed } from './live-feed.ts';

it('sends the beginning of a long text, and no half of a character', async () => {
  const live = new LiveEvents();
  const changed: Reading[] = [];
  const values = { takeChanged: () => changed.splice(0), forgetChanged: () => undefined };
  const server = createServer((_, response) => live.add({ response, isAllowed: async () => true }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = new AbortController();
  try {
    const { port } = server.address() as AddressInfo; // it listens on a port
    const answer = await fetch(`http://127.0.0.1:${port}`);
    const text = `${'x'.repeat(199)}🔩${'y'.repeat(3_000)}`;
    changed.push({ tag: 'a.state', at: 1, value: null, quality: 'good', text });
    void runLiveFeed({ live, values, sources: () => [], clock: systemClock, signal: stop.signal });
    let read = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      read += chunk;
      if (read.includes('a.state') && read.endsWith('\n\n')) break;
    }
    const [, data = ''] = /data: (.*)/.exec(read) ?? [];
    expect(JSON.parse(data)).toEqual([{ tag: 'a.state', at: 1, value: null, quality: 'good', text: 'x'.repeat(199) }]);
  } finally {
    stop.abort();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
