import type { ApiServices } from '../api/services.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Carries what the API has to tell into the log and the metrics. */
export function createApiReports(
  logger: Logger,
  metrics: Pick<Metrics, 'httpRequests'>,
): Pick<ApiServices, 'onFailure' | 'onKeyChange' | 'observe'> {
  return {
    onFailure: ({ error, route }) => logger.error({ err: error, route }, 'request failed'),
    onKeyChange: (change) => logger.info(change, 'an API key was made or revoked'),
    observe: ({ method, route, status, seconds }) =>
      metrics.httpRequests.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, seconds),
  };
}
