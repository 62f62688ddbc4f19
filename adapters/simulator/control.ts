import { createServer } from 'node:http';
import type { EpochMs } from '../../src/model/reading.ts';
import type { Device } from './devices/device.ts';
import { openLoopback } from './devices/loopback.ts';
import type { GroundTruth } from './model/ground-truth.ts';

/** What the control server needs to know of the plant, and the one thing it may do to it. */
export interface Controlled {
  groundTruth(): GroundTruth;
  begunAt(): EpochMs | null;
  state(): unknown;
  begin(): void;
}

/**
 * Starts the control server, so that a test or a curious person can compare what was said with what is true:
 * `GET /ground-truth` (`{begunAt, items}`; times in ms since the beginning until it has begun, then `EpochMs`),
 * `GET /state`, `POST /begin`.
 */
export async function startControl(plant: Controlled): Promise<Device> {
  const answers: Readonly<Record<string, () => unknown>> = {
    'GET /ground-truth': () => ({ begunAt: plant.begunAt(), items: plant.groundTruth() }),
    'GET /state': () => plant.state(),
    'POST /begin': () => {
      plant.begin();
      return { begunAt: plant.begunAt() };
    },
  };
  const server = createServer((request, response) => {
    request.resume(); // bodies are not read
    const answer = answers[`${request.method} ${request.url}`];
    response.setHeader('content-type', 'application/json');
    if (answer === undefined) {
      response.writeHead(404).end(JSON.stringify({ try: Object.keys(answers) }));
      return;
    }
    response.end(JSON.stringify(answer()));
  });
  const link = await openLoopback(server, 0);
  return { port: link.port, stop: link.close };
}
