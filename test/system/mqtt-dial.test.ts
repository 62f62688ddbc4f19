import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { mqtt } from '../../adapters/mqtt/index.ts';
import { recorder, settings } from '../../adapters/mqtt/testbench.ts';

/** Listens with a queue of one, and tells its port. */
const LISTENER = `const s = require('net').createServer(() => {}).listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`;

it('a host that drops what asks for a connection is given up after 3.5 s, and dialled again by the supervisor', async () => {
  const listener = spawn(process.execPath, ['-e', LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const waiting: Socket[] = [];
  try {
    const [line] = (await once(listener.stdout, 'data')) as [Buffer];
    const port = Number(line.toString());
    listener.kill('SIGSTOP'); // from here on the kernel fills the queue, and drops what comes after it
    for (let n = 0; n < 8; n++) waiting.push(connect(port, '127.0.0.1').on('error', () => {}));
    const url = `mqtt://127.0.0.1:${port}`;
    const startedAt = performance.now();
    await expect(mqtt.run(settings({ url, timeout: 30_000 }), [], recorder().ctx)).rejects.toMatchObject({
      code: 'connection_timeout',
      message: `no answer from ${url}`,
    });
    expect(performance.now() - startedAt).toBeLessThan(20_000); // 3.5 s, and what a busy machine adds
  } finally {
    for (const socket of waiting) socket.destroy();
    listener.kill('SIGKILL');
    await once(listener, 'exit');
  }
});
