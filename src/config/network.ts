import { BlockList, isIP } from 'node:net';

/** Networks that are not the internet (RFC 6890 and its updates): the plant's own, this machine, and what leads nowhere. */
const PRIVATE_NETWORKS = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4'],
  ...['::/128', '::1/128', '64:ff9b::/96', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
];

/** Endings of names that only an internal name server knows (RFC 6762, RFC 8375, ICANN's .internal). */
const INTERNAL_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home\.arpa|corp|private)$/i;

/** A network as written: `10.0.8.0/24`. */
interface Network {
  readonly address: string;
  readonly bits: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Whether a text is a network in CIDR form: `10.0.8.0/24`, `fd00::/8`. */
export function isCidr(text: string): boolean {
  return parseCidr(text) !== null;
}

/** Where the host of a webhook lies, as far as its spelling tells. `name`: only a name server knows. */
export type HostKind =
  | { readonly kind: 'address'; readonly address: string; readonly isPrivate: boolean }
  | { readonly kind: 'name'; readonly isInternal: boolean };

/** Judges the host of a URL (`URL.hostname`) by its spelling, without asking anybody. */
export function hostKind(hostname: string): HostKind {
  const bare = hostname.replace(/^\[|\]$/g, '');
  const address = bare === 'localhost' ? '127.0.0.1' : bare;
  if (isIP(address) !== 0) return { kind: 'address', address, isPrivate: isWithin(address, PRIVATE_NETWORKS) };
  return { kind: 'name', isInternal: !bare.includes('.') || INTERNAL_NAME.test(bare) };
}

/** Whether an address lies in one of the networks; what is no network counts for nothing. */
export function isWithin(address: string, networks: readonly string[]): boolean {
  const list = new BlockList();
  for (const network of networks) {
    const parsed = parseCidr(network);
    if (parsed !== null) list.addSubnet(parsed.address, parsed.bits, parsed.family);
  }
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function parseCidr(text: string): Network | null {
  const [, address = '', bits = ''] = /^([0-9A-Fa-f:.]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(bits) > (version === 4 ? 32 : 128)) return null;
  return { address, bits: Number(bits), family: version === 4 ? 'ipv4' : 'ipv6' };
}
