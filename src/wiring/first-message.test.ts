import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { firstMessage } from './first-message.ts';

const thread = (code: string) => firstMessage(new Worker(code, { eval: true }));

describe('the first message of a thread', () => {
  it('is what it posts, although it ends at once', async () => {
    await expect(thread(`require('worker_threads').parentPort.postMessage('read')`)).resolves.toBe('read');
  });

  it.each([
    ['ends without one', 'process.exit(3)', 'ended with code 3'],
    ['throws', 'throw new TypeError("no file")', 'no file'],
  ])('is an error when it %s', async (_, code, message) => {
    await expect(thread(code)).rejects.toThrow(message);
  });
});
