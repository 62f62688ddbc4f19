import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapters } from '../../adapters/index.ts';
import { detectors } from '../../rules/index.ts';
import { type Service, startService } from '../../src/app.ts';
import { loadPlant } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problems.ts';
import { systemClock } from '../../src/model/clock.ts';
import type { Plant } from '../../src/model/plant.ts';
import { createLogger, type Logger } from '../../src/telemetry/log.ts';
import { createDatabase } from './database.ts';

/** A service in this process, on a free port, with its own database. */
export interface TestService extends AsyncDisposable {
  readonly service: Service;
  readonly url: string;
  readonly databaseUrl: string;
  readonly adminKey: string;
  /** Calls the API with the admin key; the answer's status and JSON. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
}

/** Loads the text of a plant file; fails with all that is wrong with it. */
export function plantOf(text: string): Plant {
  const readSecret = () => 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw';
  const loaded = loadPlant({ text, file: 'test.yaml', adapters, detectors, env: {}, readSecret, secrets: 'required' });
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.plant;
}

/** Starts a service for a plant file's text. */
export async function startTestService(
  plantText: string,
  options: { dataDirectory?: string; databaseUrl?: string; logger?: Logger } = {},
): Promise<TestService> {
  const adminKey = 'test-admin-key';
  const ownDirectory = options.dataDirectory === undefined ? mkdtempSync(join(tmpdir(), 'millwright-')) : null;
  const databaseUrl = options.databaseUrl ?? (await createDatabase());
  const service = await startService({
    plant: plantOf(plantText),
    settings: {
      port: 0,
      host: '127.0.0.1',
      dataDirectory: options.dataDirectory ?? ownDirectory!,
      databaseUrl,
      adminKey,
      logLevel: 'error',
    },
    clock: systemClock,
    random: Math.random,
    logger: options.logger ?? createLogger('error'),
    signal: new AbortController().signal,
  });
  return {
    service,
    url: service.url,
    databaseUrl,
    adminKey,
    call: async (method, path, body) => {
      const response = await fetch(`${service.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${adminKey}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    },
    [Symbol.asyncDispose]: async () => {
      await service.stop();
      if (ownDirectory !== null) rmSync(ownDirectory, { recursive: true, force: true });
    },
  };
}
