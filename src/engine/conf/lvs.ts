/** What virtual servers share: `virtual_server_group`, `SSL`, and the keywords of `global_defs` about LVS. */
import {
  compareIp,
  type Family,
  family,
  type IpAddress,
  ipFromBytes,
  ipToBytes,
} from '../../net/address.ts';
import { lastAddress, networkAddress } from '../../net/prefix.ts';
import { seconds } from '../../time.ts';
import type {
  CheckConfig,
  GroupEntry,
  TlsFiles,
  VirtualServerGroup,
} from '../core/config-check.ts';
import type { Token } from '../text/findings.ts';
import { quoteWord } from '../text/lexer.ts';
import type { Statement } from '../text/tree.ts';
import { addressAt, integerAt, optionalPort } from '../text/values.ts';
import { BARE_ON, FLAG, inSeconds, ON_OFF, TEXT } from './codec.ts';
import {
  block,
  type Codec,
  field,
  input,
  type Mutable,
  type Row,
  type Rows,
  readRows,
  withAlias,
} from './keyword.ts';
import { MOST_UNSIGNED, printPlace } from './lvs-values.ts';

/** keepalived has no limit; the kernel would not hold more either. */
const MOST_ADDRESSES = 65_536;
/** keepalived fails on more words after the name. */
const MOST_WORDS = 2;

/** The first group of a name is the one that is found. */
export function readGroups(statements: readonly Statement[]): VirtualServerGroup[] {
  const groups: VirtualServerGroup[] = [];
  for (const statement of statements) {
    const group = readGroup(statement);
    if (group === undefined) continue;
    if (groups.some(({ name }) => name === group.name))
      statement.keyword.warning(
        `there is a virtual_server_group "${group.name}" already: this one is ignored`,
      );
    else groups.push(group);
  }
  return groups;
}

function readGroup({ keyword, values, block }: Statement): VirtualServerGroup | undefined {
  const [name] = values;
  if (name === undefined || values.length > MOST_WORDS)
    return keyword.refuse('virtual_server_group takes one name');
  const entries = (block ?? []).flatMap((one) => readEntry(one) ?? []);
  const group = { name: name.text, entries };
  if (entries.length === 0) name.warning(`the group "${name.text}" is empty: it is ignored`);
  else if (isMixed(group) && entries.some((one) => one.kind === 'fwmark' && !one.family))
    name.warning(
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
function readEntry({ keyword, values }: Statement): GroupEntry | undefined {
  if (keyword.text === 'fwmark') return readMark(keyword, values);
  const port = optionalPort(values[0]);
  const range = rangeOf(keyword.text);
  if (typeof range === 'string') keyword.warning(`${range}: this line is ignored`);
  return typeof range === 'string' || port === undefined
    ? undefined
    : { kind: 'addresses', ...range, port };
}

function readMark(keyword: Token, [number, which]: readonly Token[]): GroupEntry | undefined {
  if (number === undefined) return keyword.refuse('fwmark needs a number');
  const mark = integerAt(number, keyword, 0, MOST_UNSIGNED);
  if (mark === 0) number.warning('packets without a mark belong to nobody: ignored');
  const named = which === undefined || which.text === 'inet' || which.text === 'inet6';
  if (!named) which.warning('a mark is for inet or inet6: this line is ignored');
  if (mark === undefined || mark === 0 || !named) return undefined;
  return { kind: 'fwmark', mark, family: which && (which.text === 'inet6' ? 6 : 4) };
}

interface Range {
  readonly first: IpAddress;
  readonly last: IpAddress;
}

/** A sentence describes an error. */
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
  const network = { address, length };
  if (networkAddress(network) !== address)
    return 'the address of the network has bits behind its length';
  return { first: address, last: lastAddress(network) };
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

export function printGroup({ name, entries }: VirtualServerGroup, keyword: string): string[] {
  const lines = entries.map((entry) => {
    if (entry.kind === 'fwmark') {
      const which = entry.family === undefined ? '' : entry.family === 6 ? ' inet6' : ' inet';
      return `fwmark ${entry.mark}${which}`;
    }
    const { first, last, port } = entry;
    return printPlace({ address: first === last ? first : `${first}-${last}`, port });
  });
  return block(`${keyword} ${quoteWord(name)}`, lines);
}

/** Its keywords in global_defs. */
export type LvsGlobal = Pick<
  CheckConfig,
  'timeouts' | 'flush' | 'flushOnStop' | 'notifyFifo' | 'initNotifies'
> & {
  readonly logAllFailures: boolean;
};

const TLS_WORD: Codec<string> = {
  ...TEXT,
  read: ({ keyword, values: [value] }) => {
    if (value === undefined) keyword.error(`${keyword.text} takes a word: ignored`);
    return value?.text;
  },
};

// biome-ignore format: a table, one keyword a line
export const TLS: Rows<Mutable<TlsFiles>, TlsFiles> = {
  ca: field('ca', TLS_WORD, 'Certificates that are trusted.', { unset: 'any certificate is accepted' }),
  certificate: field('certificate', TLS_WORD, 'The certificate that SSL_GET presents.', { unset: 'none' }),
  key: field('key', TLS_WORD, 'The key of the certificate.', { unset: 'none' }),
  password: field('password', TLS_WORD, 'The password of the key.', { unset: 'none' }),
};

/** The last block counts, as a whole. */
export function readTls(blocks: readonly Statement[]): TlsFiles | undefined {
  for (const { keyword } of blocks.slice(0, -1))
    keyword.warning('there is another SSL block below: this one is ignored');
  const last = blocks.at(-1);
  const none = { ca: undefined, certificate: undefined, key: undefined, password: undefined };
  return last && readRows(TLS, none, last.block, undefined);
}

const off = { default: false } as const;
const LONGEST_TIMEOUT = 2_678_400;

/** `lvs_timeouts [tcp N] [tcpfin N] [udp N]` in seconds; 0 leaves the kernel's. */
function readTimeouts(before: CheckConfig['timeouts'], { keyword, values }: Statement) {
  const timeouts: Mutable<CheckConfig['timeouts']> = { ...before };
  if (values.length < 2) {
    keyword.warning('lvs_timeouts takes tcp, tcpfin or udp and seconds: ignored');
    return before;
  }
  for (let i = 0; i < values.length; i++) {
    const word = values[i];
    const name = ({ tcp: 'tcp', tcpfin: 'tcpFin', udp: 'udp' } as const)[word?.text ?? ''];
    const value = values[i + 1];
    if (word === undefined) break;
    if (name === undefined) word.warning('lvs_timeouts knows tcp, tcpfin and udp');
    else if (value === undefined) word.warning('seconds are missing: ignored');
    else {
      const length = integerAt(value, word, 0, LONGEST_TIMEOUT, 'strict');
      if (length !== undefined) timeouts[name] = length === 0 ? undefined : seconds(length);
      i++;
    }
  }
  return timeouts;
}

const FLUSH_ON_STOP: Row<Mutable<LvsGlobal>, CheckConfig> = field(
  'flushOnStop',
  {
    shape: 'words',
    type: '[VS]',
    read: ({ keyword, values: [first] }) => {
      if (first === undefined) return 'all';
      if (first.text === 'VS') return 'services';
      return first.warning(`${keyword.text} takes nothing or VS: ignored`);
    },
    print: (what) => (what === 'services' ? 'VS' : ''),
  },
  "Empties the kernel's table of services at the end; with VS only of halabd's own, and at once.",
  { unset: 'takes out server by server', since: '2.2.0' },
);

export const LVS: Rows<Mutable<LvsGlobal>, CheckConfig> = {
  lvs_timeouts: {
    shape: 'words',
    type: '[tcp N] [tcpfin N] [udp N], seconds',
    default: "the kernel's",
    doc: "The timeouts of the kernel's connection table.",
    read: (check, statement) => {
      check.timeouts = readTimeouts(check.timeouts, statement);
    },
    print: ({ timeouts: { tcp, tcpFin, udp } }, keyword) => {
      const given = Object.entries({ tcp, tcpfin: tcpFin, udp }).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name} ${inSeconds(value)}`],
      );
      return given.length === 0 ? [] : [`${keyword} ${given.join(' ')}`];
    },
  },
  lvs_flush: field('flush', FLAG, "Empties the kernel's table of services at the start.", off),
  ...withAlias('lvs_flush_on_stop', 'lvs_flush_onstop', FLUSH_ON_STOP),
};

// biome-ignore format: a table, one keyword a line
export const LVS_REPORTS: Rows<Mutable<LvsGlobal>, CheckConfig> = {
  rs_init_notifies: field('initNotifies', BARE_ON, 'Runs notify_up of servers that are up from the start.', off),
  checker_log_all_failures: input('logAllFailures', ON_OFF, 'Logs every failure of a check.', { ...off, since: '2.0.11' }),
};
