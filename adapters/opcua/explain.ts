import { AdapterError } from '../adapter.ts';
import type { Config } from './settings.ts';

/** Says in our words what the protocol library threw; an error that is ours already stays as it is. */
export function explain(
  error: unknown,
  { url, username }: Config,
  phase: 'connecting' | 'subscribing' | 'running',
): AdapterError {
  if (error instanceof AdapterError) return error;
  const cause = error;
  const message = error instanceof Error ? error.message : String(error);
  if (/BadUserAccessDenied|BadIdentityToken|BadUserSignature|user token policy/.test(message)) {
    const who = username === undefined ? 'an anonymous user' : `user ${username}`;
    return new AdapterError('authentication_failed', `${url} refuses ${who}`, { cause });
  }
  if (/BadTooManySessions/.test(message)) {
    const wait = 'close another client, or wait until sessions that were left behind time out';
    return new AdapterError('connection_refused', `${url} has no free session: ${wait}`, { cause });
  }
  if (/BadCertificateUntrusted|BadSecurityChecksFailed/.test(message)) {
    const where = 'trust it there (Millwright@…, own-certificate.pem in the folder of the source)';
    return new AdapterError('certificate_refused', `${url} does not trust our certificate: ${where}`, { cause });
  }
  if (/BadCertificate|BadSecurity/.test(message)) {
    const reason = /Bad(?:Certificate|Security)\w*/.exec(message)?.[0];
    return new AdapterError('certificate_refused', `${url} refuses our certificate: ${reason}`, { cause });
  }
  if (/End point must exist/.test(message)) {
    return new AdapterError('certificate_refused', `${url} offers no connection without security`, { cause });
  }
  if (phase === 'connecting') return new AdapterError('connection_refused', `cannot reach ${url}`, { cause });
  if (/timed out/.test(message)) return new AdapterError('request_timeout', `${url} did not answer in time`, { cause });
  if (phase === 'subscribing' && /\bBad[A-Z]/.test(message)) {
    return new AdapterError('subscription_refused', `${url} refuses the subscription`, { cause });
  }
  return new AdapterError('connection_lost', `lost the connection to ${url}`, { cause });
}
