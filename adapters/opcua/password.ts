import type { EndpointDescription } from 'node-opcua';
import { AdapterError } from '../adapter.ts';
import { identityIn, MODES, type ServerIdentity } from './endpoint.ts';
import type { Config } from './settings.ts';

/** What becomes of the password on its way to the server. */
export type PasswordOnItsWay = 'not sent' | 'encrypted' | 'readable';

const POLICY_NONE = 'http://opcfoundation.org/UA/SecurityPolicy#None';
/** `UserTokenType` of OPC UA Part 4 §7.41. */
const BY_NAME = 1;

/**
 * How the password would travel to a server that offers these endpoints. A token policy of its own encrypts it also on a
 * connection that is not encrypted; one that is missing means the connection's policy (OPC UA Part 4 §7.42). Where one of
 * several leaves it readable, that one counts: who listens could have taken the others away.
 */
export function passwordOnItsWay(offered: readonly EndpointDescription[], config: Config): PasswordOnItsWay {
  if (config.username === undefined || config.userCertificate !== undefined) return 'not sent';
  if (config.security === 'encrypt') return 'encrypted';
  const ways = usable(offered, config).flatMap(waysIn);
  if (ways.length === 0) return 'not sent'; // the server takes no names, which the library says
  return ways.includes('readable') ? 'readable' : 'encrypted';
}

/** Whose key the password is encrypted with on a connection that does not verify the server; `null`: it is not encrypted. */
export function receiverOfPassword(offered: readonly EndpointDescription[], config: Config): ServerIdentity | null {
  if (passwordOnItsWay(offered, config) !== 'encrypted') return null;
  const found = usable(offered, config).find((endpoint) => waysIn(endpoint).length > 0);
  return found === undefined ? null : identityIn(found);
}

/** Throws `authentication_failed` rather than let a password be sent readable, unless the plant file says that it may. */
export function requireUnreadable(way: PasswordOnItsWay, { url, username, security, allowInsecure }: Config): void {
  if (way !== 'readable' || allowInsecure) return;
  throw new AdapterError(
    'authentication_failed',
    `${url} wants the password of user ${username} unencrypted, and with security: ${security} everybody on the network ` +
      'could read it: set security: encrypt, or allowInsecure: true to send it all the same',
  );
}

function usable(offered: readonly EndpointDescription[], { security }: Config): readonly EndpointDescription[] {
  return offered.filter(({ securityMode }) => (securityMode as number) === MODES[security]);
}

function waysIn(endpoint: EndpointDescription): ('encrypted' | 'readable')[] {
  const { userIdentityTokens, securityPolicyUri, serverCertificate } = endpoint;
  return (userIdentityTokens ?? [])
    .filter(({ tokenType }) => (tokenType as number) === BY_NAME)
    .map((token) => {
      const isEncrypted = (token.securityPolicyUri || securityPolicyUri) !== POLICY_NONE;
      return isEncrypted && serverCertificate?.length > 0 ? 'encrypted' : 'readable';
    });
}
