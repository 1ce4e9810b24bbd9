/**
 * IP addresses, prefixes and MAC addresses as canonical text: JSON-safe, usable as map keys, equal
 * when `===`. IPv6 is printed by RFC 5952. Numeric order is needed only for the tie-break.
 */
declare const ipBrand: unique symbol;
declare const macBrand: unique symbol;

/** Canonical text of an IPv4 or IPv6 address. */
export type IpAddress = string & { readonly [ipBrand]: true };
/** Six lower-case hex octets: `00:00:5e:00:01:33`. */
export type Mac = string & { readonly [macBrand]: true };
export type Family = 4 | 6;

/** An address with the length of its network, as configured on an interface. */
export interface Prefix {
  readonly address: IpAddress;
  /** 0..32 or 0..128. */
  readonly length: number;
}

export function family(address: IpAddress): Family {
  return address.includes(':') ? 6 : 4;
}

/** Parses an address; undefined if the text is no address. A zone (`%eth0`) is not part of an address. */
export function parseIp(text: string): IpAddress | undefined {
  const bytes = text.includes(':') ? parseIp6(text) : parseIp4(text);
  return bytes === undefined ? undefined : ipFromBytes(bytes);
}

/** For literals in code; throws on an invalid one. */
export function ip(text: string): IpAddress {
  const address = parseIp(text);
  if (address === undefined) throw new Error(`not an IP address: ${text}`);
  return address;
}

/** Parses `address/length`; without a length the prefix is that of a host (/32 or /128). */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.indexOf('/');
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const bits = family(address) === 4 ? 32 : 128;
  if (slash < 0) return { address, length: bits };
  const digits = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(digits) || Number(digits) > bits) return undefined;
  return { address, length: Number(digits) };
}

export function formatPrefix(prefix: Prefix): string {
  return `${prefix.address}/${prefix.length}`;
}

/** Whether `address` lies in the network of `prefix`. */
export function contains(prefix: Prefix, address: IpAddress): boolean {
  if (family(prefix.address) !== family(address)) return false;
  const a = ipToBytes(prefix.address);
  const b = ipToBytes(address);
  for (let bit = 0; bit < prefix.length; bit += 8) {
    const mask = bit + 8 <= prefix.length ? 0xff : (0xff00 >> (prefix.length - bit)) & 0xff;
    if (((a[bit >> 3] ?? 0) & mask) !== ((b[bit >> 3] ?? 0) & mask)) return false;
  }
  return true;
}

/** 224.0.0.0/4 or ff00::/8. */
export function isMulticast(address: IpAddress): boolean {
  return address.includes(':') ? address.startsWith('ff') : /^2(2[4-9]|3\d)\./.test(address);
}

/** fe80::/10 (RFC 4291 2.5.6). */
export function isLinkLocal(address: IpAddress): boolean {
  return /^fe[89ab]/.test(address);
}

/**
 * Unsigned comparison in network byte order: the tie-break between two Active routers of equal
 * priority (RFC 9568 6.4.3). Negative if `a` is the lower one.
 */
export function compareIp(a: IpAddress, b: IpAddress): number {
  const left = ipToBytes(a);
  const right = ipToBytes(b);
  if (left.length !== right.length) return left.length - right.length;
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const OCTET: readonly string[] = Array.from({ length: 256 }, (_, i) => String(i));
const HEX: readonly string[] = Array.from({ length: 256 }, (_, i) =>
  i.toString(16).padStart(2, '0'),
);

/** Reads 4 or 16 bytes at `offset`; the caller has checked the length. */
export function ipAt(bytes: Uint8Array, offset: number, which: Family): IpAddress {
  if (which === 4) {
    const [a, b, c, d] = [bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]];
    return `${OCTET[a ?? 0]}.${OCTET[b ?? 0]}.${OCTET[c ?? 0]}.${OCTET[d ?? 0]}` as IpAddress;
  }
  return ipFromBytes(bytes.subarray(offset, offset + 16));
}

export function ipFromBytes(bytes: Uint8Array): IpAddress {
  if (bytes.length === 4) return ipAt(bytes, 0, 4);
  const run = longestZeroRun(bytes);
  let text = '';
  for (let i = 0; i < 16; i += 2) {
    if (i === run.start) text += '::';
    if (i >= run.start && i < run.end) continue;
    if (i !== 0 && i !== run.end) text += ':';
    text += (((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16);
  }
  return text as IpAddress;
}

/** A cluster uses few addresses; a flood of others must not fill the memory. */
const MOST_REMEMBERED = 4_096;
const remembered = new Map<IpAddress, Uint8Array>();

/** 4 or 16 bytes in network order. Shared: do not modify. */
export function ipToBytes(address: IpAddress): Uint8Array {
  const known = remembered.get(address);
  if (known !== undefined) return known;
  const bytes = address.includes(':') ? parseIp6(address) : parseIp4(address);
  if (bytes === undefined) throw new Error(`not an IP address: ${address}`);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(address, bytes);
  return bytes;
}

export function parseMac(text: string): Mac | undefined {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text) ? (text.toLowerCase() as Mac) : undefined;
}

export function macAt(bytes: Uint8Array, offset: number): Mac {
  const part = (i: number): string => HEX[bytes[offset + i] ?? 0] ?? '00';
  return `${part(0)}:${part(1)}:${part(2)}:${part(3)}:${part(4)}:${part(5)}` as Mac;
}

export function macToBytes(mac: Mac): Uint8Array {
  return Uint8Array.from(mac.split(':'), (octet) => Number.parseInt(octet, 16));
}

/** The first longest run of two or more zero groups (RFC 5952 4.2), as byte offsets; 16, 16 if none. */
function longestZeroRun(bytes: Uint8Array): { start: number; end: number } {
  let best = { start: 16, end: 16 };
  let longest = 2;
  let start = 0;
  for (let i = 0; i <= 16; i += 2) {
    if (i < 16 && bytes[i] === 0 && bytes[i + 1] === 0) continue;
    if (i - start > longest) {
      best = { start, end: i };
      longest = i - start;
    }
    start = i + 2;
  }
  return best;
}

function parseIp4(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(4);
  let part = 0;
  let value = -1;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 46;
    if (code === 46) {
      if (value < 0 || part > 3) return undefined;
      bytes[part++] = value;
      value = -1;
    } else if (code >= 48 && code <= 57 && value !== 0) {
      value = Math.max(value, 0) * 10 + (code - 48);
      if (value > 255) return undefined;
    } else {
      return undefined;
    }
  }
  return part === 4 ? bytes : undefined;
}

function parseIp6(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || text.length > 45) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const bytes = new Uint8Array(16);
  [...head, ...Array<number>(missing).fill(0), ...tail].forEach((group, i) => {
    bytes[i * 2] = group >> 8;
    bytes[i * 2 + 1] = group & 0xff;
  });
  return bytes;
}

/** Groups of one side of `::`; the last one may be an embedded IPv4 address. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const quad = last && i === parts.length - 1 ? parseIp4(part) : undefined;
      if (quad === undefined) return undefined;
      groups.push(((quad[0] ?? 0) << 8) | (quad[1] ?? 0), ((quad[2] ?? 0) << 8) | (quad[3] ?? 0));
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return groups;
}

/** The link-local address that a kernel derives from the MAC of an interface: EUI-64 (RFC 4291 appendix A). */
export function linkLocalOf(mac: Mac): IpAddress {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = macToBytes(mac);
  return ipFromBytes(
    Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 2, b, c, 0xff, 0xfe, d, e, f]),
  );
}
