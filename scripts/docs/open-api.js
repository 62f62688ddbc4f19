import { fileURLToPath } from 'node:url';
import { http } from '../../dist/adapters/http/index.js';
import { createServer } from '../../dist/src/api/server.js';

/** The OpenAPI document exactly as a service gives it out at `/openapi.json`. Listens nowhere. */
export async function openApi(version) {
  const server = await createServer(services(version));
  await server.ready();
  const document = server.swagger();
  await server.close();
  return document;
}

/** What the server is made of. Nearly all of it is used by handlers only, and no request is ever handled here. */
function services(version) {
  const unused = () => {
    throw new Error('nothing is called while the document is written');
  };
  return {
    plant: { name: 'plant', timezone: 'UTC' },
    edition: 'postgresql',
    version,
    startedAt: 0,
    limitsOf: unused,
    sources: unused,
    acknowledge: unused,
    webhooks: { refuse: unused, newSecret: unused },
    installPush: (scope) => http.routes(scope, {}, { sink: unused, discard: unused }),
    notReady: unused,
    metrics: unused,
    observe: unused,
    consoleDirectory: fileURLToPath(new URL('../../dist/console/', import.meta.url)),
  };
}
