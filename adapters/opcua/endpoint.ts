import type { EndpointDescription } from 'node-opcua';
import { AdapterError } from '../adapter.ts';
import { saidAll } from './server-text.ts';
import type { Config } from './settings.ts';

/** The policies we speak, the strongest first. */
export const POLICIES = ['Aes256_Sha256_RsaPss', 'Aes128_Sha256_RsaOaep', 'Basic256Sha256'] as const;
export type Policy = (typeof POLICIES)[number];

/** `MessageSecurityMode` of OPC UA Part 4 §7.20. */
export const MODES = { none: 1, sign: 2, encrypt: 3 } as const;
const MODE_NAMES = ['', 'None', 'Sign', 'SignAndEncrypt'];
const POLICY_URI = 'http://opcfoundation.org/UA/SecurityPolicy#';
const TCP_PROFILE = 'http://opcfoundation.org/UA-Profile/Transport/uatcp-uasc-uabinary';
/** SHA-1 signatures and PKCS#1 v1.5 padding (CVE-2023-46809): a listener can read and forge. */
const BROKEN = ['Basic128Rsa15', 'Basic256'];

/** Who a server says it is. */
export interface ServerIdentity {
  readonly certificate: Buffer;
  /** What the server calls itself. */
  readonly applicationUri: string;
}

/** The way into a server that was chosen. */
export interface ChosenEndpoint extends ServerIdentity {
  readonly policy: Policy;
}

/** Picks what the plant file asks for among what the server offers; never something weaker. */
export function chooseEndpoint(offered: readonly EndpointDescription[], config: Config): ChosenEndpoint {
  const wanted = config.policy === undefined ? POLICIES : [config.policy];
  const usable = offered.filter(
    ({ securityMode, transportProfileUri }) =>
      (securityMode as number) === MODES[config.security] && (transportProfileUri ?? TCP_PROFILE) === TCP_PROFILE,
  );
  for (const policy of wanted) {
    const found = usable.find(({ securityPolicyUri }) => policyOf(securityPolicyUri) === policy);
    if (found && found.serverCertificate.length > 0) return { policy, ...identityIn(found) };
  }
  throw new AdapterError('certificate_refused', refusal(offered, config));
}

/** Who the server says it is in an endpoint. */
export function identityIn({ serverCertificate, server }: EndpointDescription): ServerIdentity {
  return { certificate: leafOf(serverCertificate), applicationUri: server.applicationUri ?? '' };
}

function refusal(offered: readonly EndpointDescription[], { url, security, policy }: Config): string {
  const offers = offered.map(
    ({ securityMode, securityPolicyUri }) =>
      `${MODE_NAMES[securityMode] ?? securityMode} ${policyOf(securityPolicyUri)}`,
  );
  const asked = `${MODE_NAMES[MODES[security]]} with ${policy ?? 'a policy we speak'}`;
  const broken = offered.some(({ securityPolicyUri }) => BROKEN.includes(policyOf(securityPolicyUri)));
  const why = broken ? `; ${BROKEN.join(' and ')} are not spoken, they rest on SHA-1 and can be broken` : '';
  return `${url} does not offer ${asked}, only ${saidAll(offers) || 'nothing'}${why}`;
}

function policyOf(uri: string | null): string {
  return (uri ?? '').replace(POLICY_URI, '');
}

/** Servers send a chain; the first certificate, a DER sequence with a two-byte length, is the server's own. */
function leafOf(chain: Buffer): Buffer {
  return chain.length >= 4 && chain[1] === 0x82 ? chain.subarray(0, chain.readUInt16BE(2) + 4) : chain;
}
