/** `virtual_server_group`: addresses, ranges and firewall marks, as far as they can be used. */
import {
  compareIp,
  type Family,
  family,
  type IpAddress,
  ipFromBytes,
  ipToBytes,
} from '../../net/address.ts';
import type { GroupEntry, VirtualServerGroup } from '../core/config-check.ts';
import type { Findings } from './findings.ts';
import type { Token } from './lexer.ts';
import { MOST_UNSIGNED } from './lvs-values.ts';
import type { Statement } from './tree.ts';
import { addressAt, integerAt, optionalPort } from './values.ts';

/** keepalived has no limit; the kernel would not hold more either. */
const MOST_ADDRESSES = 65_536;
/** keepalived trips over more words behind the name. */
const MOST_WORDS = 2;

/** The first group of a name is the one that is found. */
export function readGroups(
  statements: readonly Statement[],
  findings: Findings,
): VirtualServerGroup[] {
  const groups: VirtualServerGroup[] = [];
  for (const statement of statements) {
    const group = readGroup(statement, findings);
    if (group === undefined) continue;
    if (groups.some(({ name }) => name === group.name))
      findings.warning(
        statement.keyword,
        `there is a virtual_server_group "${group.name}" already: this one is ignored`,
      );
    else groups.push(group);
  }
  return groups;
}

function readGroup(
  { keyword, values, block }: Statement,
  findings: Findings,
): VirtualServerGroup | undefined {
  const [name] = values;
  if (name === undefined || values.length > MOST_WORDS) {
    findings.refuse(keyword, 'virtual_server_group takes one name');
    return undefined;
  }
  const entries = (block ?? []).flatMap((one) => readEntry(one, findings) ?? []);
  const group = { name: name.text, entries };
  if (entries.length === 0)
    findings.warning(name, `the group "${name.text}" is empty: it is ignored`);
  else if (isMixed(group) && entries.some((one) => one.kind === 'fwmark' && !one.family))
    findings.warning(
      name,
      `the group "${name.text}" has IPv4, IPv6 and a mark of neither: it is ignored`,
      'Write inet or inet6 behind the fwmark.',
    );
  else return group;
  return undefined;
}

/** The families of a group's addresses, and of those marks that have one. */
export function familiesOf({ entries }: VirtualServerGroup): Set<Family> {
  return new Set(
    entries.flatMap((one) =>
      one.kind === 'addresses' ? family(one.first) : one.family === undefined ? [] : one.family,
    ),
  );
}

function isMixed(group: VirtualServerGroup): boolean {
  return familiesOf(group).size > 1;
}

/** `ADDRESS [PORT]`, a range of addresses with a port, or `fwmark N [inet|inet6]`. */
function readEntry({ keyword, values }: Statement, findings: Findings): GroupEntry | undefined {
  if (keyword.text === 'fwmark') return readMark(keyword, values, findings);
  const port = optionalPort(values[0], findings);
  const range = rangeOf(keyword.text);
  if (typeof range === 'string') findings.warning(keyword, `${range}: this line is ignored`);
  return typeof range === 'string' || port === undefined
    ? undefined
    : { kind: 'addresses', ...range, port };
}

function readMark(
  keyword: Token,
  [number, which]: readonly Token[],
  findings: Findings,
): GroupEntry | undefined {
  if (number === undefined) {
    findings.refuse(keyword, 'fwmark needs a number');
    return undefined;
  }
  const mark = integerAt(number, keyword, 0, MOST_UNSIGNED, findings);
  if (mark === 0) findings.warning(number, 'packets without a mark belong to nobody: ignored');
  const named = which === undefined || which.text === 'inet' || which.text === 'inet6';
  if (!named) findings.warning(which, 'a mark is for inet or inet6: this line is ignored');
  if (mark === undefined || mark === 0 || !named) return undefined;
  return { kind: 'fwmark', mark, family: which && (which.text === 'inet6' ? 6 : 4) };
}

interface Range {
  readonly first: IpAddress;
  readonly last: IpAddress;
}

/** A sentence says what is wrong. */
function rangeOf(text: string): Range | string {
  const first = addressAt(text);
  if (first === undefined)
    return 'an address, a range (10.0.0.1-9, 10.0.0.0/29) or fwmark stands here';
  const at = text.indexOf('-');
  const range = text.includes('/')
    ? networkOf(first, text.slice(text.indexOf('/') + 1))
    : at < 0
      ? { first, last: first }
      : upTo(first, text.slice(at + 1));
  if (typeof range === 'string' || countOf(range) <= MOST_ADDRESSES) return range;
  return `a range holds at most ${MOST_ADDRESSES} addresses`;
}

function networkOf(address: IpAddress, digits: string): Range | string {
  const length = /^\d+$/.test(digits) ? Number(digits) : 0;
  if (length === 0 || length > (family(address) === 4 ? 32 : 128))
    return 'not a length of a network';
  const bytes = ipToBytes(address);
  const hostBits = (i: number): number => {
    const kept = Math.max(0, Math.min(8, length - i * 8));
    return 0xff >> kept;
  };
  if (bytes.some((byte, i) => (byte & hostBits(i)) !== 0))
    return 'the address of the network has bits behind its length';
  return { first: address, last: ipFromBytes(bytes.map((byte, i) => byte | hostBits(i))) };
}

/** Up to a whole address, or to a last part: decimal in IPv4, hexadecimal in IPv6. */
function upTo(first: IpAddress, end: string): Range | string {
  const which = family(first);
  if (end.includes(which === 4 ? '.' : ':')) {
    const last = addressAt(end);
    if (last === undefined || family(last) !== which) return 'not the last address of a range';
    return compareIp(first, last) > 0 ? 'the range ends before it begins' : { first, last };
  }
  const digits = (which === 4 ? /^\d*/ : /^[\da-f]*/i).exec(end)?.[0] ?? '';
  const number = digits === '' ? 0 : Number.parseInt(digits, which === 4 ? 10 : 16);
  const most = which === 4 ? 0xff : 0xffff;
  if (number > most) return `a range ends at ${which === 4 ? '255' : 'ffff'} at most`;
  const bytes = Uint8Array.from(ipToBytes(first));
  bytes[bytes.length - 1] = number & 0xff;
  if (which === 6) bytes[bytes.length - 2] = number >> 8;
  const last = ipFromBytes(bytes);
  return compareIp(first, last) >= 0 ? 'the range ends before it begins' : { first, last };
}

function countOf({ first, last }: Range): number {
  const [a, b] = [ipToBytes(first), ipToBytes(last)];
  return a.reduce((sum, byte, i) => sum * 256 + ((b[i] ?? 0) - byte), 0) + 1;
}
