import { isOurs } from '../../src/model/errors.ts';
import { AdapterError } from '../adapter.ts';
import { reasonWords } from './reason.ts';

/** How far a link had come when it broke. */
export type LinkStage = 'connecting' | 'up';

const CREDENTIALS_REFUSED: ReadonlySet<number> = new Set([4, 5, 134, 135, 138, 140]);
const VERSION_REFUSED: ReadonlySet<number> = new Set([1, 132]);
const SESSION_TAKEN_OVER = 142;

/** Puts what the library or the system reports into our words. */
export function linkError(url: string, stage: LinkStage, cause: unknown): AdapterError {
  const { code, message } = describe(cause);
  if (stage === 'up' || code === SESSION_TAKEN_OVER) {
    return new AdapterError('connection_lost', `connection lost: ${url} (${reasonWords(code) ?? message})`, { cause });
  }
  if (typeof code === 'number' && CREDENTIALS_REFUSED.has(code)) {
    return new AdapterError('authentication_failed', `${url} refuses the user name or password`, { cause });
  }
  if (typeof code === 'number' && VERSION_REFUSED.has(code)) {
    return new AdapterError('connection_refused', `${url} does not speak this version of MQTT: set "protocol"`, {
      cause,
    });
  }
  if (typeof code === 'string' && /CERT|SIGNATURE|_CA$|ALTNAME|^ERR_SSL|^ERR_TLS|^EPROTO$/.test(code)) {
    const why = tlsWords(code);
    const text = `no trusted TLS connection to ${url}${why === null ? '' : `: ${why}`} (${code})`;
    return new AdapterError('certificate_refused', text, { cause });
  }
  if (code === 'ETIMEDOUT') return new AdapterError('connection_timeout', `no answer from ${url}`, { cause });
  return new AdapterError('connection_refused', `cannot reach ${url} (${reasonWords(code) ?? message})`, { cause });
}

/** What OpenSSL means; `null` where its own word has to do. `ALERT` is what the broker says of our certificate. */
function tlsWords(code: string): string | null {
  if (/ALERT_(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)/.test(code)) {
    return 'the broker wants a client certificate: set certFile and keyFile';
  }
  if (/ALERT_CERTIFICATE_EXPIRED/.test(code)) return 'the broker says that our certificate has run out: renew certFile';
  if (/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN|CERTIFICATE_REVOKED|DECRYPT_ERROR)/.test(code)) {
    return 'the broker does not accept our certificate: check certFile';
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code)) return 'that port does not speak TLS';
  if (code === 'CERT_HAS_EXPIRED') return "the broker's certificate has run out";
  if (code === 'CERT_NOT_YET_VALID') return "the broker's certificate is not valid yet: compare the clocks";
  if (/ALTNAME/.test(code)) return "the broker's certificate is for another host name";
  if (/SELF_SIGNED|ISSUER|LEAF_SIGNATURE|UNTRUSTED/.test(code)) {
    return "nobody we trust has signed the broker's certificate: set caFile";
  }
  return null;
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
