import { isOurs } from '../../src/model/errors.ts';
import { AdapterError } from '../adapter.ts';

/** How far a link had come when it broke. */
export type LinkStage = 'connecting' | 'up';

const CREDENTIALS_REFUSED: ReadonlySet<number> = new Set([4, 5, 134, 135, 138, 140]);
const VERSION_REFUSED: ReadonlySet<number> = new Set([1, 132]);
const SESSION_TAKEN_OVER = 142;

/** Puts what the library or the system reports into our words. */
export function linkError(url: string, stage: LinkStage, cause: unknown): AdapterError {
  const { code, message } = describe(cause);
  if (code === SESSION_TAKEN_OVER) {
    const hint = 'another client connected with the same clientId';
    return new AdapterError('connection_lost', `connection lost: ${url} (${hint})`, { cause });
  }
  if (stage === 'up') return new AdapterError('connection_lost', `connection lost: ${url} (${message})`, { cause });
  if (typeof code === 'number' && CREDENTIALS_REFUSED.has(code)) {
    return new AdapterError('authentication_failed', `${url} refuses the user name or password`, { cause });
  }
  if (typeof code === 'number' && VERSION_REFUSED.has(code)) {
    return new AdapterError('connection_refused', `${url} does not speak this version of MQTT: set "protocol"`, {
      cause,
    });
  }
  if (typeof code === 'string' && /CERT|SIGNATURE|_CA$|ALTNAME|^ERR_SSL|^ERR_TLS|^EPROTO$/.test(code)) {
    return new AdapterError('certificate_refused', `no trusted TLS connection to ${url} (${code})`, { cause });
  }
  if (code === 'ETIMEDOUT') return new AdapterError('connection_timeout', `no answer from ${url}`, { cause });
  return new AdapterError('connection_refused', `cannot reach ${url} (${message})`, { cause });
}

/** Says that readings could not be stored, under the code of whoever refused them. */
export function storeError(url: string, cause: unknown): AdapterError {
  const code = isOurs(cause) ? cause.code : 'adapter_failed';
  return new AdapterError(code, `readings from ${url} could not be stored: ${describe(cause).message}`, { cause });
}

function describe(cause: unknown): { code: unknown; message: string } {
  if (!(cause instanceof Error)) return { code: undefined, message: String(cause) };
  const code = 'code' in cause ? cause.code : undefined;
  // Node reports several addresses tried in vain as one AggregateError without a text.
  return { code, message: cause.message || (typeof code === 'string' ? code : cause.name) };
}
