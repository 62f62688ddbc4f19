import dns from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { ConfigError } from '../model/errors.ts';
import { createBlockList, createPublicTest } from './address-ranges.ts';

/** Ports of public targets. A listed target may use any. */
const PUBLIC_PORTS = new Set([443, 8443]);

/** `public` = the internet and the listed blocks; `listed` = the listed blocks only. */
export type Reach = 'public' | 'listed';

/**
 * Says which addresses a webhook may reach, so that nobody who may write a webhook can make the service call into the
 * plant (server-side request forgery). All three checks are needed: a lookup is never asked for a literal address, a
 * literal check never sees what a name resolves to, and what is connected in the end is what counts.
 * A refusal is one sentence that is safe to show; null = allowed.
 */
export interface TargetGuard {
  /** The literal check, also right when a webhook is created. A host name may still be refused when it is connected. */
  refuse(url: string): string | null;
  /** Checks an address in its usual spelling, such as a socket's remote address. */
  refuseAddress(address: string, reach: Reach): string | null;
  /** How far a connection to this port under this protocol (`https:`) may go. */
  reachOf(protocol: string, port: number): Reach;
  /** Resolves a host name and fails with the code `blocked_address` when any of its addresses is refused. */
  lookup(reach: Reach): LookupFunction;
}

/** What `dns.lookup` does when asked for all addresses. */
export type ResolveAll = (
  hostname: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void,
) => void;

/** Makes a guard. `allow` lists CIDR blocks that may be reached although they are private; a wrong one is a ConfigError. */
export function createTargetGuard(options: {
  readonly allow: readonly string[];
  /** Resolves host names; the system's resolver when left out. */
  readonly resolve?: ResolveAll;
}): TargetGuard {
  const { allow, resolve = dns.lookup } = options;
  const listed = createBlockList(allow);
  const isPublic = createPublicTest();

  const refuseAddress = (address: string, reach: Reach): string | null => {
    const bare = address.replace(/%.*$/, ''); // an interface name, as in fe80::1%eth0
    const family = isIP(bare);
    if (family !== 0 && listed.check(bare, family === 4 ? 'ipv4' : 'ipv6')) return null;
    if (!isPublic(bare)) return `${bare} is a private or special address that is not in allowPrivateWebhookTargets`;
    return reach === 'public' ? null : `${bare} is public: only https on port 443 or 8443 may be used`;
  };

  const reachOf = (protocol: string, port: number): Reach =>
    protocol === 'https:' && PUBLIC_PORTS.has(port) ? 'public' : 'listed';

  return {
    refuseAddress,
    reachOf,
    refuse(text) {
      if (!URL.canParse(text)) return 'this is not a URL';
      const url = new URL(text); // also turns 2130706433, 0x7f.1 and 0177.0.0.1 into 127.0.0.1
      if (url.protocol !== 'https:' && url.protocol !== 'http:')
        return 'only https, or http to a listed address, is allowed';
      if (url.username !== '' || url.password !== '') return 'the URL must not carry a user name or password';
      const reach = reachOf(url.protocol, portOf(url.protocol, url.port));
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
      if (isIP(host) !== 0) return refuseAddress(host, reach);
      if (reach === 'listed' && allow.length === 0) return 'only https on port 443 or 8443 is allowed';
      return null;
    },
    lookup: (reach) => (hostname, lookupOptions, callback) => {
      resolve(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
        const refusal = addresses
          ?.map(({ address }) => refuseAddress(address, reach))
          .find((reason) => reason !== null);
        const first = addresses?.[0];
        if (error) callback(error, []);
        else if (refusal !== undefined && refusal !== null) callback(new BlockedAddress(refusal), []);
        else if (first === undefined) callback(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), []);
        else if (lookupOptions.all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      });
    },
  };
}

/** The port a URL means, in the way undici and WHATWG give it: empty for the protocol's own. */
export function portOf(protocol: string, port: string): number {
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

/** Why a connection was not made: its target is none a webhook may reach. */
export class BlockedAddress extends ConfigError {
  constructor(reason: string) {
    super('blocked_address', reason);
  }
}
