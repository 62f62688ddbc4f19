import { existsSync } from 'node:fs';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

it.runIf(existsSync('/proc/thread-self'))('a thread that stands back lowers its own priority alone', async () => {
  const before = getPriority(process.pid);
  const lower = Math.min(19, before + 1); // whatever the priority that the tests have
  const module = JSON.stringify(new URL('./stand-back.ts', import.meta.url).href);
  const worker = new Worker(
    `import('tsx/esm/api').then(({ register }) => { register(); return import(${module}); }).then(({ standBack }) => {
      standBack(${lower});
      const port = require('node:worker_threads').parentPort;
      port.once('message', () => port.close());
      port.postMessage(require('node:fs').readlinkSync('/proc/thread-self').split('/').at(-1));
    })`,
    { eval: true },
  );
  const thread = await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  expect(getPriority(Number(thread))).toBe(lower);
  expect(getPriority(process.pid)).toBe(before);
  worker.postMessage('end');
  await new Promise((resolve) => worker.once('exit', resolve));
});
