/** Values that virtual servers, real servers and checkers share: places, methods, scripts, timing. */

import { type IpAddress, ip } from '../../net/address.ts';
import { networkAddress } from '../../net/prefix.ts';
import type { Micros } from '../../time.ts';
import type { ForwardingMethod } from '../core/config-check.ts';
import type { Token } from '../text/findings.ts';
import type { Statement } from '../text/tree.ts';
import { addressAt, optionalPort, required } from '../text/values.ts';
import { FLAG, ON_OFF, time, whole } from './codec.ts';
import { field, input, type Row, type Rows } from './keyword.ts';

/** Times are counted in microseconds; keepalived's longest connect_timeout, and its longest time. */
const SHORTEST = 0.000_001;
const LONGEST_TIMEOUT = 4_294.967_295;
const LONGEST = 18_446_744_073_709;
export const MOST_UNSIGNED = 4_294_967_295;
/** keepalived's largest weight; the kernel accepts it, too. */
export const MOST_WEIGHT = 2_147_483_647;

export interface Place {
  readonly address: IpAddress;
  readonly port: number;
}

/** `ADDRESS [PORT]`; no port and 0 are the same. Undefined: the statement is ignored. */
export function placeOf({ keyword, values }: Statement): Place | undefined {
  const [address, port] = values;
  if (address === undefined) return keyword.refuse(`${keyword.text} needs an address`);
  const parsed = addressAt(address.text);
  const number = optionalPort(port);
  if (parsed === undefined) address.warning(`not an IP address: this ${keyword.text} is ignored`);
  return parsed === undefined || number === undefined
    ? undefined
    : { address: parsed, port: number };
}

type Tunnel = NonNullable<ForwardingMethod['tunnel']>;

/** `lvs_method` as far as given: invalid options after the method leave the tunnel unchanged. */
export interface MethodDraft {
  readonly kind: ForwardingMethod['kind'] | undefined;
  readonly tunnel: Tunnel | undefined;
}
export const NO_METHOD: MethodDraft = { kind: undefined, tunnel: undefined };

/** Without one: NAT. */
export function methodOf({ kind = 'NAT', tunnel }: MethodDraft): ForwardingMethod {
  return kind === 'TUN' && tunnel !== undefined ? { kind, tunnel } : { kind };
}

export function printMethod({ kind, tunnel }: ForwardingMethod): string {
  if (tunnel === undefined) return kind;
  const port = tunnel.type === 'gue' ? ` port ${tunnel.port}` : '';
  return `${kind} type ${tunnel.type}${port} ${tunnel.checksum}`;
}

export function printPlace({ address, port }: { address: string; port: number }): string {
  return port === 0 ? address : `${address} ${port}`;
}

const METHOD = 'TUN [type {ipip|gue port NUMBER|gre} [nocsum|csum|remcsum]]';

/** A row of the method that packets are forwarded by. */
export function method<C extends { readonly method: ForwardingMethod }>(
  doc: string,
): Row<{ method: MethodDraft }, C> {
  return {
    shape: 'value',
    type: `NAT, DR, ${METHOD}`,
    default: 'NAT',
    doc,
    read: (draft, statement) => {
      draft.method = readMethod(draft.method, statement);
    },
    print: (config, keyword) => [`${keyword} ${printMethod(config.method)}`],
  };
}

/** `NAT`, `DR`, or `TUN [type {ipip|gue port N|gre} [nocsum|csum|remcsum]]`. */
export function readMethod(before: MethodDraft, statement: Statement): MethodDraft {
  const value = required(statement);
  if (value === undefined) return before;
  const kind = (['NAT', 'DR', 'TUN'] as const).find((name) => name === value.text);
  if (kind === undefined) {
    value.warning(`${statement.keyword.text} is NAT, DR or TUN: ignored`);
    return before;
  }
  const options = statement.values.slice(1);
  const tunnel = tunnelOf(options);
  if (typeof tunnel !== 'string') return { kind, tunnel };
  (options[0] ?? value).warning(`${tunnel}: only ${kind} counts`, `Write ${METHOD}.`);
  return { kind, tunnel: before.tunnel };
}

const TUNNELS = ['ipip', 'gue', 'gre'] as const;
const CHECKSUMS = ['nocsum', 'csum', 'remcsum'] as const;

/** A sentence describes an error; undefined is the plain ipip. */
function tunnelOf(options: readonly Token[]): Tunnel | string | undefined {
  let type: Tunnel['type'] = 'ipip';
  let port = 0;
  let checksum: Tunnel['checksum'] = 'nocsum';
  for (let i = 0; i < options.length; i++) {
    const word = options[i]?.text ?? '';
    const sum = CHECKSUMS.find((name) => name === word);
    if (word === 'type') {
      const found = TUNNELS.find((name) => name === options[i + 1]?.text);
      if (found === undefined) return 'type is ipip, gue or gre';
      type = found;
      i++;
    } else if (word === 'port') {
      port = strictPort(options[++i]?.text ?? '');
      if (port === 0) return 'the port of a gue tunnel is a number from 1 to 65535';
    } else if (sum !== undefined) checksum = sum;
    else return `"${word}" is no option of a tunnel`;
  }
  const whole = { type, port, checksum };
  return problemOf(whole) ?? (whole.type === 'ipip' ? undefined : whole);
}

function strictPort(text: string): number {
  const port = /^\s*\+?\d+$/.test(text) ? Number(text) : 0;
  return port <= 65_535 ? port : 0;
}

function problemOf({ type, port, checksum }: Tunnel): string | undefined {
  if ((type === 'gue') !== (port !== 0)) return 'a gue tunnel needs a port, another takes none';
  if (type === 'ipip' && checksum !== 'nocsum') return 'ipip has no checksum';
  return type === 'gre' && checksum === 'remcsum' ? 'gre has no remcsum' : undefined;
}

/** Keywords of a virtual server, a real server and a checker; the innermost counts. */
export interface TimingDraft {
  interval?: Micros | undefined;
  timeout?: Micros | undefined;
  retry?: number | undefined;
  retryDelay?: Micros | undefined;
  warmup?: Micros | undefined;
  alpha?: boolean | undefined;
}

export const CONNECT_TIMEOUT = time(SHORTEST, LONGEST_TIMEOUT);

/** `connect_timeout` of a virtual or a real server. */
export const TIMEOUT: Rows<TimingDraft, never> = {
  connect_timeout: input('timeout', CONNECT_TIMEOUT, 'How long a check may take.', { unset: '5' }),
};

type TimingRow = Row<TimingDraft, TimingDraft>;
type TimingKeyword = 'delay_loop' | 'retry' | 'delay_before_retry' | 'warmup' | 'alpha';

/** Printed in checkers only, which inherit missing values. */
export function timing(
  of: 'virtual server' | 'real server' | 'checker',
): Readonly<Record<TimingKeyword, TimingRow>> {
  const retry = of === 'checker' ? whole(0, MOST_UNSIGNED) : whole(1, MOST_UNSIGNED, 'strict');
  const always = { always: true } as const;
  // biome-ignore format: a table, one keyword a line
  return {
    delay_loop: field('interval', time(SHORTEST, LONGEST), 'The time from the start of a check to the next.', { ...always, unset: '60' }),
    retry: field('retry', retry, 'How often a failed check is repeated before its server is down.', { ...always, unset: '1; DNS_CHECK 3, MISC_CHECK 0' }),
    delay_before_retry: field('retryDelay', time(0, LONGEST), 'The time from a failure to the next check.', { ...always, unset: '1; HTTP_GET and SSL_GET 3, DNS_CHECK delay_loop' }),
    warmup: field('warmup', time(0, LONGEST), 'The first check comes at some time within it.', { ...always, unset: 'delay_loop' }),
    alpha: field('alpha', of === 'virtual server' ? FLAG : ON_OFF, 'Down until the first check succeeds.', { ...always, default: false }),
  };
}

/** Octets of an address as the C library reads them: `255.255.255.0`, `0xffffff00`, `24` (0.0.0.24). */
export function maskOf(text: string): IpAddress | undefined {
  const parts = text.split('.');
  const numbers = parts.map((part) =>
    /^0[0-7]*$/.test(part)
      ? Number.parseInt(part, 8)
      : /^(0x[\da-f]+|[1-9]\d*)$/i.test(part)
        ? Number(part)
        : Number.NaN,
  );
  const last = numbers.pop() ?? Number.NaN;
  if (parts.length > 4 || numbers.some((part) => !(part <= 255))) return undefined;
  if (!(last < 256 ** (4 - numbers.length))) return undefined;
  const value = numbers.reduce((sum, part, i) => sum + part * 256 ** (3 - i), last);
  return addressAt([24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.'));
}

const ALL_ONES = ip('255.255.255.255');

export function netmask(length: number): IpAddress {
  return networkAddress({ address: ALL_ONES, length });
}

/** Length of a mask of leading ones; undefined: it has gaps. */
export function lengthOf(mask: IpAddress): number | undefined {
  return [...Array(33).keys()].find((length) => netmask(length) === mask);
}

/** Hex digits, as keepalived writes payloads: groups of one or two, blanks between; `x` where allowed. */
export function hexOf(values: readonly Token[], wildcard: boolean): string | undefined {
  const text = values.map((token) => token.text).join(' ');
  const pattern = wildcard ? /^[0-9a-fA-FxX ]*$/ : /^[0-9a-fA-F ]*$/;
  const digits = text
    .split(' ')
    .filter((group) => group !== '')
    .map((group) => (group.length % 2 === 0 ? group : `${group.slice(0, -1)}0${group.slice(-1)}`))
    .join('')
    .toLowerCase();
  return pattern.test(text) && digits !== '' ? digits : undefined;
}
