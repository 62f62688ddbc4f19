import { sayCount } from '../../model/count-words.ts';
import type { SourceFacts } from './facts.ts';
import type { SayTime } from './say.ts';
import { isSilent, sayNoAnswer } from './unit-words.ts';

/** Says why there is no link, since when, and where to look first. */
export function sayLinkTrouble(facts: SourceFacts, sayTime: SayTime): string {
  const { status, lastErrorDetail, now } = facts;
  const { code = '', message = '' } = status.lastError ?? {};
  const silent = facts.units.filter((unit) => isSilent(unit, facts));
  // The device was reached, and then nobody behind it answered: the units are the news, not the last of them that was asked.
  if (code === 'request_timeout' && silent.length > 0) {
    const where = status.kind === 'modbus' ? 'power, addresses and the bus behind the gateway' : 'that it runs';
    return `${sayNoAnswer(silent, facts, sayTime)}, and nobody else does; the connection can be made: check ${where}`;
  }
  const attempts = status.attempts > 0 ? ` (${sayCount(status.attempts, 'attempt')})` : '';
  return `${message} since ${sayTime(status.since, now)}${attempts}: ${adviceFor(code, lastErrorDetail)}`;
}

/** Says where to look first when a link failed with `code`; `detail` is what the system or the protocol called it. */
export function adviceFor(code: string, detail: string | null): string {
  return (
    (detail === null ? undefined : ADVICE_BY_DETAIL[detail]) ??
    ADVICE_BY_CODE[code] ??
    'see the service log for the cause'
  );
}

const UNTRUSTED = 'the certificate is not signed by anybody we trust: name the authority in `caFile`';
const EXPIRED = 'a certificate has expired or is not valid yet: renew it, and check the clocks on both sides';

const ADVICE_BY_DETAIL: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the host is there, but nothing listens on that port: check the port, and that the service runs',
  ENOTFOUND: 'nobody knows that name: check its spelling and the name server',
  EAI_AGAIN: 'the name server does not answer: check it, or write the address as numbers',
  EHOSTUNREACH: 'there is no way to that host: check its power, cable, switch and routing',
  EHOSTDOWN: 'there is no way to that host: check its power, cable, switch and routing',
  ENETUNREACH: 'there is no way to that network: check our own cable and routing',
  ETIMEDOUT: 'nothing answers at that address: check power, cable, address and firewall',
  ECONNRESET: 'it hangs up: check how many clients it allows, and its own log',
  CERT_HAS_EXPIRED: EXPIRED,
  CERT_NOT_YET_VALID: EXPIRED,
  BadCertificateTimeInvalid: EXPIRED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate belongs to another name: write the name it was made for',
  BadCertificateUntrusted: 'the server does not trust our certificate: accept it there',
  BadTooManySessions: 'other clients hold its sessions: end them, or wait until they time out',
};

const ADVICE_BY_CODE: Readonly<Record<string, string>> = {
  connection_refused: 'check host, port, cable, and that the service there runs',
  connection_lost: 'check cable, switch and power of the device',
  connection_timeout: 'nothing answers at that address: check power, cable, address and firewall',
  request_timeout: 'the link is there, but no answer comes in time: check address and load, or raise `timeout`',
  answer_invalid: 'what it sends makes no sense: check kind, port and firmware',
  authentication_failed: 'check user name and password, and what that user may do',
  certificate_refused:
    'one side does not trust the other: check the trust lists, the names and the dates of the certificates',
  subscription_refused: 'check what the user may read, and the topics or node ids',
  device_fault: 'look at the device itself',
  log_full: 'the readings log took nothing: see /health/ready for why',
};
