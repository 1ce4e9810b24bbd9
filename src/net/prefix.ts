/** Networks as ranges of addresses, and the addresses that no host can have. */
import {
  contains,
  type Family,
  family,
  formatPrefix,
  type IpAddress,
  ip,
  ipFromBytes,
  ipToBytes,
  type Prefix,
} from './address.ts';

/** Bits of an address. */
export function bitsOf(which: Family): number {
  return which === 4 ? 32 : 128;
}

/** The first address: all bits after the prefix are 0. */
export function networkAddress(prefix: Prefix): IpAddress {
  return withHostBits(prefix, 0);
}

/** The last address: all bits behind the prefix are 1. In IPv4 the broadcast address, up to a length of 30 (RFC 3021). */
export function lastAddress(prefix: Prefix): IpAddress {
  return withHostBits(prefix, 0xff);
}

export function overlap(a: Prefix, b: Prefix): boolean {
  return a.length <= b.length ? contains(a, b.address) : contains(b, a.address);
}

/** Why no host can have the address in this network; undefined: a host can. */
export function noHost(prefix: Prefix, address: IpAddress): string | undefined {
  const which = family(prefix.address);
  if (bitsOf(which) - prefix.length < 2) return undefined;
  const text = formatPrefix({ ...prefix, address: networkAddress(prefix) });
  if (address === networkAddress(prefix))
    return which === 4
      ? `${address} is the address of the network ${text} itself`
      : `${address} is the subnet-router anycast address of ${text} (RFC 4291 2.6.1)`;
  if (which === 4 && address === lastAddress(prefix))
    return `${address} is the broadcast address of ${text}`;
  return undefined;
}

const SPECIAL: readonly { readonly range: Prefix; readonly what: string }[] = [
  { range: { address: ip('0.0.0.0'), length: 8 }, what: '"this network" (0.0.0.0/8)' },
  { range: { address: ip('127.0.0.0'), length: 8 }, what: 'the loopback network (127.0.0.0/8)' },
  { range: { address: ip('224.0.0.0'), length: 4 }, what: 'multicast (224.0.0.0/4)' },
  { range: { address: ip('240.0.0.0'), length: 4 }, what: 'reserved (240.0.0.0/4)' },
  { range: { address: ip('::'), length: 127 }, what: 'the unspecified and loopback address' },
  { range: { address: ip('::ffff:0:0'), length: 96 }, what: 'IPv4 in IPv6 (::ffff:0:0/96)' },
  { range: { address: ip('fe80::'), length: 10 }, what: 'link-local (fe80::/10)' },
  { range: { address: ip('ff00::'), length: 8 }, what: 'multicast (ff00::/8)' },
];

/** The special range that a network overlaps, of which no host can have an address; undefined: none. */
export function specialPart(prefix: Prefix): string | undefined {
  return SPECIAL.find(({ range }) => overlap(range, prefix))?.what;
}

function withHostBits({ address, length }: Prefix, fill: number): IpAddress {
  const bytes = Uint8Array.from(ipToBytes(address), (byte, i) => {
    const kept = Math.min(8, Math.max(0, length - 8 * i));
    const mask = (0xff00 >> kept) & 0xff;
    return (byte & mask) | (fill & ~mask & 0xff);
  });
  return ipFromBytes(bytes);
}
