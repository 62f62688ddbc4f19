import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { EpochMs } from '../adapter.ts';
import { said, saidAll } from './server-text.ts';
import { thumbprintOf } from './trust.ts';

/** RSA key length that the three policies we speak allow (OPC UA Part 7 §6.6.161 and following). */
const KEY_BITS = { from: 2_048, to: 4_096 } as const;

/** What a server certificate must fit. */
export interface Expected {
  readonly url: string;
  /** What the server calls itself in its endpoint. */
  readonly applicationUri: string;
  readonly hostCheck: 'strict' | 'off';
  readonly now: EpochMs;
}

/** What is wrong with a server certificate apart from trust, in words, with what to do; `null` = nothing. */
export function faultOf(certificate: Buffer, expected: Expected): string | null {
  const x509 = parse(certificate);
  if (x509 === null) return 'the server certificate cannot be read: make a new one at the server';
  const name = `certificate ${thumbprintOf(certificate)} of ${subjectOf(x509)}`;
  const [validFrom, validTo] = [Date.parse(x509.validFrom), Date.parse(x509.validTo)];
  if (expected.now > validTo) {
    return `${name} expired on ${dayOf(validTo)}: renew it at the server, then trust the new one`;
  }
  if (expected.now < validFrom) {
    return `${name} is only valid from ${dayOf(validFrom)}: check the clocks of the server and of this machine`;
  }
  const bits = x509.publicKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (x509.publicKey.asymmetricKeyType !== 'rsa' || bits < KEY_BITS.from || bits > KEY_BITS.to) {
    const key = x509.publicKey.asymmetricKeyType === 'rsa' ? `an RSA key of ${bits} bits` : 'no RSA key';
    return `${name} has ${key}, the policy asks for ${KEY_BITS.from} to ${KEY_BITS.to}: make a new one at the server`;
  }
  const names = namesOf(x509);
  if (!names.uris.includes(expected.applicationUri)) {
    const uris = saidAll(names.uris) || 'no application';
    return `${name} is for ${uris}, but the server calls itself ${said(expected.applicationUri)}: make a new one at the server`;
  }
  const host = new URL(expected.url.replace(/^opc\.tcp:/, 'http:')).hostname.replace(/^\[|\]$/g, '');
  if (expected.hostCheck === 'strict' && !isFor(x509, host)) {
    const hosts = saidAll(names.hosts) || 'no host';
    return `${name} is for ${hosts}, not for ${host}: use a name of the certificate in url, or set hostCheck: off`;
  }
  return null;
}

/** A server certificate in words, for somebody who decides whether to trust it. */
export function describeCertificate(certificate: Buffer): string {
  const x509 = parse(certificate);
  if (x509 === null) return `certificate ${thumbprintOf(certificate)}, which cannot be read`;
  const expiry = dayOf(Date.parse(x509.validTo));
  return `certificate ${thumbprintOf(certificate)} of ${subjectOf(x509)}, expires ${expiry}`;
}

function parse(certificate: Buffer): X509Certificate | null {
  try {
    return new X509Certificate(certificate);
  } catch {
    return null; // says nothing more than that it is no certificate
  }
}

function subjectOf({ subject }: X509Certificate): string {
  return `"${said((subject ?? '').split('\n').reverse().join(', '))}"`;
}

function namesOf({ subjectAltName = '' }: X509Certificate): { uris: string[]; hosts: string[] } {
  const parts = subjectAltName.split(/, (?=[A-Za-z ]+:)/);
  const of = (pattern: RegExp) => parts.flatMap((part) => pattern.exec(part)?.[1] ?? []);
  return { uris: of(/^URI:(.+)$/), hosts: of(/^(?:DNS|IP Address):(.+)$/) };
}

function isFor(x509: X509Certificate, host: string): boolean {
  return isIP(host) === 0 ? x509.checkHost(host) !== undefined : x509.checkIP(host) !== undefined;
}

function dayOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10);
}
