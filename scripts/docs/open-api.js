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

/** What is used while routes are registered. The rest is for handlers, and no request is ever handled here. */
function services(version) {
  return {
    version,
    installPush: (version, scope) => http.routes[version](scope, {}, {}),
    webhooks: {},
    consoleDirectory: fileURLToPath(new URL('../../dist/console/', import.meta.url)),
  };
}
