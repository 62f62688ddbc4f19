import { BlockList, isIP } from 'node:net';
import { ConfigError } from '../model/errors.ts';

/**
 * IPv4 blocks that are not the public internet.
 * Source: IANA IPv4 Special-Purpose Address Registry, and multicast.
 */
const SPECIAL_IPV4 = [
  '0.0.0.0/8', // this network; 0.0.0.0 reaches this host
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT
  '127.0.0.0/8',
  '169.254.0.0/16', // link-local, and the metadata service of clouds
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** Of IPv6 only this block is public, without the exceptions below: mapped, translated, local and multicast lie outside. */
const PUBLIC_IPV6 = '2000::/3';

/** Source: IANA IPv6 Special-Purpose Address Registry. */
const SPECIAL_IPV6 = [
  '2001::/23', // Teredo, ORCHID, benchmarking
  '2001:db8::/32',
  '2002::/16', // 6to4: carries an IPv4 address
  '3fff::/20',
] as const;

/** Says whether an address, in its usual spelling, belongs to the public internet. Anything that is none does not. */
export function createPublicTest(): (address: string) => boolean {
  const special = createBlockList([...SPECIAL_IPV4, ...SPECIAL_IPV6]);
  const publicIPv6 = createBlockList([PUBLIC_IPV6]);
  return (address) => {
    switch (isIP(address)) {
      case 4:
        return !special.check(address, 'ipv4');
      case 6:
        return publicIPv6.check(address, 'ipv6') && !special.check(address, 'ipv6');
      default:
        return false;
    }
  };
}

/** Collects CIDR blocks, or single addresses, to test against. Throws ConfigError on one that is none. */
export function createBlockList(blocks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [address = '', prefix, ...rest] = block.split('/');
    const family = isIP(address);
    const bits = family === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : Number(prefix);
    const isWritten = prefix === undefined || /^\d{1,3}$/.test(prefix);
    if (family === 0 || rest.length > 0 || !isWritten || length > bits) {
      throw new ConfigError('option_invalid', `${block} is not an address block: write it like 10.0.8.0/24`);
    }
    list.addSubnet(address, length, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
