import cookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyInstance } from 'fastify';
import { installAuth } from './auth.ts';
import { limitBodies } from './body-deadline.ts';
import { refuseUnknownQueries } from './known-query.ts';
import { installProblems } from './problem.ts';
import { publishRequest } from './request-schemas.ts';
import { aggregateRoutes } from './routes/aggregates.ts';
import { alertPictureRoutes } from './routes/alert-pictures.ts';
import { alertRoutes } from './routes/alerts.ts';
import { alignedRoutes } from './routes/aligned.ts';
import { assetHealthRoutes } from './routes/asset-health.ts';
import { assetHealthHistoryRoutes } from './routes/asset-health-history.ts';
import { assetRoutes } from './routes/assets.ts';
import { backtestRoutes } from './routes/backtests.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { eventRoutes } from './routes/events.ts';
import { exportRoutes } from './routes/export.ts';
import { framePictureRoutes } from './routes/frame-pictures.ts';
import { gapRoutes } from './routes/gaps.ts';
import { healthRoutes } from './routes/health.ts';
import { keyRoutes } from './routes/keys.ts';
import { latestRoutes } from './routes/latest.ts';
import { learningRoutes } from './routes/learning.ts';
import { loginRoutes } from './routes/login.ts';
import { plantRoutes } from './routes/plant.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { sessionRoutes } from './routes/session.ts';
import { sourceRoutes } from './routes/sources.ts';
import { spectrumRoutes } from './routes/spectra.ts';
import { tagJudgeRoutes } from './routes/tag-judges.ts';
import { tagReadingsRoutes } from './routes/tag-readings.ts';
import { tagTextRoutes } from './routes/tag-texts.ts';
import { tagRoutes } from './routes/tags.ts';
import { unknownTagRoutes } from './routes/unknown-tags.ts';
import { waterfallRoutes } from './routes/waterfalls.ts';
import { waveformRoutes } from './routes/waveforms.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { workOrderActionRoutes } from './routes/work-order-actions.ts';
import { workOrderRoutes } from './routes/work-orders.ts';
import type { ApiServices, Routes } from './services.ts';
import { createValidatorCompiler, sayValidationError } from './validation.ts';

const BODY_LIMIT_BYTES = 1024 * 1024;

/** Swagger UI sets this one style by itself; by its hash it is the only one that is let through. */
const STYLE_OF_THE_DOCUMENTATION = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

const CONTENT_SECURITY_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; " +
  "base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
const DOCUMENTATION_POLICY = CONTENT_SECURITY_POLICY.replace(
  "style-src 'self'",
  `style-src 'self' ${STYLE_OF_THE_DOCUMENTATION}`,
);

/** Makes the HTTP server: API, documentation, health and console. Does not listen yet. */
export async function createServer(services: ApiServices): Promise<Routes> {
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    // Both are needed: Node enforces its deadline only where it looks for it. That of bodies is in limitBodies.
    requestTimeout: 0,
    http: { headersTimeout: 10_000, connectionsCheckingInterval: 1_000 },
    exposeHeadRoutes: false, // a HEAD of the event stream would never end
    connectionTimeout: 0,
    keepAliveTimeout: 30_000,
    routerOptions: { maxParamLength: 600 },
    forceCloseConnections: true,
    logger: false,
    schemaErrorFormatter: sayValidationError,
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.server.maxConnections = 2_000;
  limitBodies(app);
  app.setValidatorCompiler(createValidatorCompiler());
  installProblems(app, services.onFailure);

  // Fastify takes text for a body that no schema is for, and hands it over unchecked. Routes that want text say so.
  app.removeContentTypeParser('text/plain');
  app.decorateRequest('caller', null);
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched';
    services.observe({ method: request.method, route, status: reply.statusCode, seconds: reply.elapsedTime / 1_000 });
  });

  await app.register(cookie);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Millwright',
        version: services.version,
        description:
          'Telemetry, alerts and work orders of one plant. Times are RFC 3339 in UTC; lists answer `{items, next}`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'An API key.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'millwright_session',
            description: 'What a login link or a key is traded for.',
          },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const scope = route.config?.scope;
      const isOpen = scope === undefined || scope === 'none';
      return {
        url,
        schema: {
          ...schema,
          ...(schema.body === undefined ? {} : { body: publishRequest(schema.body) }),
          ...(schema.querystring === undefined ? {} : { querystring: publishRequest(schema.querystring) }),
          ...(isOpen ? { security: [] } : { security: [{ key: [] }, { session: [] }], 'x-scope': scope }),
        },
      };
    },
  });
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: DOCUMENTATION_POLICY });

  await app.register((scope, _options, done) => {
    healthRoutes(scope as Routes, services);
    loginRoutes(scope as Routes, services);
    done();
  });
  await app.register(
    (scope, _options, done) => {
      installAuth(scope, services.access);
      scope.register((own, _ownOptions, ownDone) => {
        refuseUnknownQueries(own);
        takeEmptyAsNone(own);
        for (const install of V1) install(own as Routes, services);
        ownDone();
      });
      // In a scope of its own: how bodies are read there is the adapter's business.
      scope.register((push, _pushOptions, pushDone) => {
        services.installPush('v1', push as Routes);
        pushDone();
      });
      done();
    },
    { prefix: '/api/v1' },
  );
  await app.register(
    (scope, _options, done) => {
      installAuth(scope, services.access);
      services.installPush('v2', scope as Routes);
      done();
    },
    { prefix: '/api/v2' },
  );
  await app.register(fastifyStatic, {
    root: services.consoleDirectory,
    wildcard: false,
    cacheControl: true,
    maxAge: 0,
  });
  return app;
}

const V1 = [
  sessionRoutes,
  plantRoutes,
  assetRoutes,
  assetHealthRoutes,
  assetHealthHistoryRoutes,
  tagRoutes,
  tagReadingsRoutes,
  tagJudgeRoutes,
  tagTextRoutes,
  aggregateRoutes,
  alignedRoutes,
  latestRoutes,
  exportRoutes,
  waveformRoutes,
  spectrumRoutes,
  waterfallRoutes,
  framePictureRoutes,
  alertRoutes,
  alertPictureRoutes,
  workOrderRoutes,
  workOrderActionRoutes,
  learningRoutes,
  webhookRoutes,
  keyRoutes,
  deliveryRoutes,
  quarantineRoutes,
  sourceRoutes,
  unknownTagRoutes,
  gapRoutes,
  backtestRoutes,
  eventRoutes,
];

/** Clients say `application/json` also where they send nothing; what a body is needed for says so by its schema. */
function takeEmptyAsNone(scope: Pick<FastifyInstance, 'addContentTypeParser' | 'getDefaultJsonParser'>): void {
  const readJson = scope.getDefaultJsonParser('error', 'error');
  scope.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void readJson(request, body, done); // calls `done`
  });
}
