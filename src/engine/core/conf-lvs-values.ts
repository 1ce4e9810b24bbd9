/** Values that virtual servers, real servers and checkers share: places, methods, scripts' timing. */
import { family, type IpAddress, parseIp } from '../../net/address.ts';
import type { Micros } from '../../time.ts';
import type { Findings } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import type { Statement } from './conf-tree.ts';
import { bool, integer, integerAt, timer } from './conf-values.ts';
import type { ForwardingMethod } from './config-check.ts';

const DAY = 86_400;

export interface Place {
  readonly address: IpAddress;
  readonly port: number;
}

/** `ADDRESS [PORT]`; a missing port is 0. */
export function placeOf(
  [address, port]: readonly Token[],
  keyword: Token,
  findings: Findings,
): Place | undefined {
  const parsed = parseIp(address?.text ?? '');
  if (parsed === undefined) {
    findings.error(address ?? keyword, `${keyword.text} takes an IP address and a port`);
    return undefined;
  }
  return { address: parsed, port: portOf(port, keyword, findings) };
}

/** 1..65535; 0 stands for no port, and for a wrong one, which is told. */
export function portOf(token: Token | undefined, keyword: Token, findings: Findings): number {
  return token === undefined ? 0 : (integerAt(token, keyword, 1, 65_535, findings) ?? 0);
}

const TUNNELS = ['ipip', 'gue', 'gre'] as const;
const CHECKSUMS = ['nocsum', 'csum', 'remcsum'] as const;

/** `NAT`, `DR`, or `TUN [type {ipip|gue port N|gre} [nocsum|csum|remcsum]]`. */
export function methodOf(
  { keyword, values }: Statement,
  findings: Findings,
): ForwardingMethod | undefined {
  const [first, ...rest] = values;
  const kind = (['NAT', 'DR', 'TUN'] as const).find((one) => one === first?.text);
  if (kind === undefined) {
    findings.error(first ?? keyword, `${keyword.text} is NAT, DR or TUN`);
    return undefined;
  }
  if (kind !== 'TUN' || rest.length === 0) return { kind };
  const words = rest.map(({ text }) => text);
  const type = TUNNELS.find((one) => one === words[words.indexOf('type') + 1]);
  const port = words.includes('port') ? rest[words.indexOf('port') + 1] : undefined;
  const checksum = CHECKSUMS.find((one) => words.includes(one)) ?? 'nocsum';
  if (words[0] !== 'type' || type === undefined || (type === 'gue') !== (port !== undefined)) {
    const form = 'TUN [type {ipip|gue port NUMBER|gre} [nocsum|csum|remcsum]]';
    findings.error(rest[0] ?? keyword, `${keyword.text} is ${form}`);
    return undefined;
  }
  return { kind, tunnel: { type, port: portOf(port, keyword, findings), checksum } };
}

/** What may stand in a virtual server, a real server and a checker; the innermost counts. */
export interface TimingWords {
  interval?: Micros | undefined;
  timeout?: Micros | undefined;
  retry?: number | undefined;
  retryDelay?: Micros | undefined;
  warmup?: Micros | undefined;
  alpha?: boolean;
}

export const TIMING_KEYWORDS = [
  'delay_loop',
  'connect_timeout',
  'retry',
  'nb_get_retry',
  'delay_before_retry',
  'warmup',
  'alpha',
];

/** Whether the statement is one of them; reads it. */
export function readTiming(words: TimingWords, statement: Statement, findings: Findings): boolean {
  switch (statement.keyword.text) {
    case 'delay_loop':
      words.interval = timer(statement, 0.001, DAY, findings);
      return true;
    case 'connect_timeout':
      words.timeout = timer(statement, 0.001, DAY, findings);
      return true;
    case 'retry':
    case 'nb_get_retry':
      words.retry = integer(statement, 0, 1_000_000, findings);
      return true;
    case 'delay_before_retry':
      words.retryDelay = timer(statement, 0, DAY, findings);
      return true;
    case 'warmup':
      words.warmup = timer(statement, 0, DAY, findings);
      return true;
    case 'alpha':
      words.alpha = bool(statement, findings);
      return true;
    default:
      return false;
  }
}

/** Length of the prefix of a netmask such as 255.255.255.0, or of a plain number. */
export function maskOf(token: Token | undefined, keyword: Token, findings: Findings): number {
  const text = token?.text ?? '';
  const mask = /^\d+$/.test(text) ? undefined : parseIp(text);
  if (mask === undefined || family(mask) === 6)
    return integerAt(token, keyword, 1, 128, findings) ?? 32;
  const bits = mask
    .split('.')
    .map((octet) => Number(octet).toString(2).padStart(8, '0'))
    .join('');
  const length = bits.indexOf('0') < 0 ? 32 : bits.indexOf('0');
  if (length === 0 || bits.includes('1', length))
    findings.error(token ?? keyword, `${keyword.text} is a netmask such as 255.255.255.0`);
  return length === 0 ? 32 : length;
}

/** Hex digits, as keepalived writes payloads: groups of one or two, blanks between; `x` where allowed. */
export function hexOf(
  values: readonly Token[],
  keyword: Token,
  wildcard: boolean,
  findings: Findings,
): string | undefined {
  const text = values.map((one) => one.text).join(' ');
  const pattern = wildcard ? /^[0-9a-fA-FxX\s]*$/ : /^[0-9a-fA-F\s]*$/;
  const digits = text
    .split(/\s+/)
    .filter((group) => group !== '')
    .map((group) => (group.length % 2 === 0 ? group : `${group.slice(0, -1)}0${group.slice(-1)}`))
    .join('')
    .toLowerCase();
  if (pattern.test(text) && digits !== '' && digits.length <= 2_048) return digits;
  findings.error(values[0] ?? keyword, `${keyword.text} takes up to 1024 bytes as hex digits`);
  return undefined;
}
