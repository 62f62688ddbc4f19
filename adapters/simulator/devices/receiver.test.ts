import { createHmac } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/model/clock.ts';
import { startReceiver } from './receiver.ts';

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
});

async function start() {
  const receiver = await startReceiver({ secret: SECRET, clock: systemClock });
  stop = receiver.stop;
  const url = `http://127.0.0.1:${receiver.port}`;
  const post = async (id: string, body: string, key = KEY) => {
    const at = Math.floor(Date.now() / 1_000);
    const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
    const headers = { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${signature}` };
    return (await fetch(`${url}/hooks`, { method: 'POST', body, headers })).status;
  };
  return { receiver, url, post };
}

it('accepts a webhook signed by the specification and lists it', async () => {
  const { url, post } = await start();
  expect(await post('msg_1', '{"type":"alert.raised"}')).toBe(204);
  const listed = await (await fetch(`${url}/received`)).json();
  expect(listed).toEqual({ items: [{ id: 'msg_1', at: expect.any(Number), body: { type: 'alert.raised' } }] });
});

it('refuses a webhook with a wrong or missing signature and does not list it', async () => {
  const { url, post, receiver } = await start();
  expect(await post('msg_1', '{}', Buffer.alloc(32, 8))).toBe(401);
  expect((await fetch(`${url}/hooks`, { method: 'POST', body: '{}' })).status).toBe(401);
  expect(receiver.received()).toEqual([]);
});

it('keeps the last hundred, newest first', async () => {
  const { post, receiver } = await start();
  for (let i = 0; i < 103; i++) await post(`msg_${i}`, '{}');
  expect(receiver.received()).toHaveLength(100);
  expect(receiver.received()[0]?.id).toBe('msg_102');
});

it('answers 404 for everything else', async () => {
  const { url } = await start();
  expect((await fetch(`${url}/hooks`)).status).toBe(404);
});
