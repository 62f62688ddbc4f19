import type { DeliveryOutcome } from '../model/delivery.ts';
import { sayDuration } from '../model/duration.ts';
import { isOurs } from '../model/errors.ts';
import type { EpochMs } from '../model/reading.ts';

const MOST_RETRY_AFTER_MS = 24 * 3_600_000;
/** Answers whose `Retry-After` is obeyed: too many requests, service unavailable. */
const THROTTLING = new Set([429, 503]);

/** The outcome for a target that a webhook must not reach. */
export const BLOCKED: DeliveryOutcome = { kind: 'dead', status: null, reason: 'blocked_address' };

/** Judges an answer by its status alone: 2xx is delivered, 410 switches the endpoint off, anything else is tried again. */
export function judgeAnswer(status: number, retryAfter: string | null, at: EpochMs): DeliveryOutcome {
  if (status >= 200 && status < 300) return { kind: 'delivered', status };
  if (status === 410) return { kind: 'gone', status, reason: 'answered 410 Gone' };
  const isRedirect = status >= 300 && status < 400;
  return {
    kind: 'retry',
    status,
    reason: isRedirect ? `answered ${status}; redirects are not followed` : `answered ${status}`,
    retryAfterMs: retryAfter !== null && THROTTLING.has(status) ? readRetryAfter(retryAfter, at) : null,
  };
}

/** Reads seconds or an HTTP date; at most 24 h, null when it is neither. */
function readRetryAfter(text: string, at: EpochMs): number | null {
  const ms = /^\s*\d+\s*$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - at;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), MOST_RETRY_AFTER_MS);
}

/** Says in few words why there was no answer. Only known codes are quoted, never the remote's own words. */
export function describeFailure(
  error: unknown,
  { endedBy, timeoutMs }: { readonly endedBy: 'timeout' | 'stop' | null; readonly timeoutMs: number },
): DeliveryOutcome {
  if (isOurs(error) && error.code === 'blocked_address') return BLOCKED;
  if (endedBy === 'timeout') return retry(`no answer within ${sayDuration(timeoutMs)}`);
  if (endedBy === 'stop') return retry('the service was stopped');
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  if (code === 'UND_ERR_INVALID_ARG') return { kind: 'dead', status: null, reason: 'the request cannot be made' };
  return retry(REASONS[code] ?? (isAboutTls(code) ? `no secure connection (${code})` : `failed (${code})`));
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  UND_ERR_SOCKET: 'connection reset',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name not found',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'host unreachable',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_OVERFLOW: 'answer too large',
};

function isAboutTls(code: string): boolean {
  return /^(ERR_TLS|ERR_SSL|EPROTO|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED)/.test(code);
}

function retry(reason: string): DeliveryOutcome {
  return { kind: 'retry', status: null, reason, retryAfterMs: null };
}
