/** The LVS blocks of a file together: groups, virtual servers, SSL, and what is global of them. */
import {
  compareIp,
  family,
  type IpAddress,
  ipFromBytes,
  ipToBytes,
  parseIp,
  parsePrefix,
} from '../../net/address.ts';
import { seconds } from '../../time.ts';
import { type Findings, unknownKeyword } from './conf-findings.ts';
import { portOf } from './conf-lvs-values.ts';
import { nameOf } from './conf-tracking.ts';
import type { Statement } from './conf-tree.ts';
import { integerAt } from './conf-values.ts';
import { readVirtualServer } from './conf-virtual-server.ts';
import type { CheckConfig, GroupEntry, TlsFiles, VirtualServerGroup } from './config-check.ts';
import type { TrackFileConfig } from './config-track.ts';

/** What global_defs says of it. */
export type LvsGlobal = Pick<
  CheckConfig,
  'timeouts' | 'flush' | 'flushOnStop' | 'notifyFifo' | 'initNotifies'
> & {
  readonly logAllFailures: boolean;
};

const MOST_ADDRESSES = 65_536;

export function readLvs(
  statements: readonly Statement[],
  global: LvsGlobal,
  files: readonly TrackFileConfig[],
  findings: Findings,
): CheckConfig {
  const of = (name: string): Statement[] =>
    statements.filter(({ keyword }) => keyword.text === name);
  const groups = of('virtual_server_group').map((one) => readGroup(one, findings));
  const around = {
    groups,
    logAll: global.logAllFailures,
    fileWeight: (name: string) => {
      const weight = files.find((one) => one.name === name)?.weight;
      return weight && (weight.reverse ? -weight.value : weight.value);
    },
  };
  const seen = new Set<string>();
  const virtualServers = of('virtual_server').flatMap((one) => {
    const server = readVirtualServer(one, around, findings);
    if (server === undefined) return [];
    if (seen.has(server.name))
      findings.error(one.keyword, `virtual_server ${server.name} is defined twice`);
    seen.add(server.name);
    return [server];
  });
  const { logAllFailures, ...rest } = global;
  return { ...rest, groups, virtualServers, tls: readTls(of('SSL'), findings) };
}

function readGroup(statement: Statement, findings: Findings): VirtualServerGroup {
  const name = nameOf(statement, findings);
  const entries = (statement.block ?? []).flatMap((one) => readEntry(one, findings) ?? []);
  if (entries.length === 0)
    findings.error(statement.keyword, `virtual_server_group "${name}" is empty`);
  return { name, entries };
}

/** `ADDRESS [PORT]`, a range of addresses with a port, or `fwmark N [inet|inet6]`. */
function readEntry({ keyword, values }: Statement, findings: Findings): GroupEntry | undefined {
  const [first, second] = values;
  if (keyword.text === 'fwmark') {
    const mark = integerAt(first, keyword, 1, 4_294_967_295, findings);
    const which = second === undefined ? undefined : second.text === 'inet6' ? 6 : 4;
    return mark === undefined ? undefined : { kind: 'fwmark', mark, family: which };
  }
  const range = rangeOf(keyword.text);
  if (range === undefined) {
    findings.error(keyword, 'an address, a range (10.0.0.1-9, 10.0.0.0/29) or fwmark stands here');
    return undefined;
  }
  if (countOf(range) > MOST_ADDRESSES)
    findings.error(keyword, `a range holds at most ${MOST_ADDRESSES} addresses, in order`);
  return { kind: 'addresses', ...range, port: portOf(first, keyword, findings) };
}

interface Range {
  readonly first: IpAddress;
  readonly last: IpAddress;
}

function rangeOf(text: string): Range | undefined {
  const [low = '', high] = text.split('-');
  if (text.includes('/')) {
    const prefix = parsePrefix(text);
    return prefix === undefined ? undefined : networkOf(prefix.address, prefix.length);
  }
  const first = parseIp(low);
  if (first === undefined || high === undefined)
    return first === undefined ? undefined : { first, last: first };
  const separator = family(first) === 4 ? '.' : ':';
  const base = first.slice(0, first.lastIndexOf(separator) + 1);
  const last = parseIp(high) ?? parseIp(`${base}${high}`);
  return last === undefined || family(last) !== family(first) ? undefined : { first, last };
}

function networkOf(address: IpAddress, length: number): Range {
  const bytes = ipToBytes(address);
  const edge = (fill: boolean): IpAddress =>
    ipFromBytes(
      bytes.map((byte, i) => {
        const kept = Math.max(0, Math.min(8, length - i * 8));
        const mask = (0xff00 >> kept) & 0xff;
        return fill ? byte | (~mask & 0xff) : byte & mask;
      }),
    );
  return { first: edge(false), last: edge(true) };
}

/** Infinity where the order is wrong or the range is out of all proportion. */
function countOf({ first, last }: Range): number {
  if (compareIp(first, last) > 0) return Number.POSITIVE_INFINITY;
  const [a, b] = [ipToBytes(first), ipToBytes(last)];
  return a.reduce((sum, byte, i) => sum * 256 + ((b[i] ?? 0) - byte), 0) + 1;
}

const TLS_KEYWORDS = ['ca', 'certificate', 'key', 'password'] as const;

function readTls(blocks: readonly Statement[], findings: Findings): TlsFiles | undefined {
  if (blocks.length === 0) return undefined;
  const files: { -readonly [K in keyof TlsFiles]: TlsFiles[K] } = {
    ca: undefined,
    certificate: undefined,
    key: undefined,
    password: undefined,
  };
  for (const { keyword, values } of blocks.flatMap(({ block }) => block ?? [])) {
    const known = TLS_KEYWORDS.find((one) => one === keyword.text);
    if (known !== undefined) files[known] = values[0]?.text;
    else unknownKeyword(keyword, TLS_KEYWORDS, findings);
  }
  return files;
}

/** `lvs_timeouts [tcp N] [tcpfin N] [udp N]` in seconds. */
export function readTimeouts(
  { keyword, values }: Statement,
  findings: Findings,
): CheckConfig['timeouts'] {
  const of = (name: string) => {
    const at = values.findIndex(({ text }) => text === name);
    const value = at < 0 ? undefined : integerAt(values[at + 1], keyword, 1, 2_147_483, findings);
    return value === undefined ? undefined : seconds(value);
  };
  if (!values.some(({ text }) => ['tcp', 'tcpfin', 'udp'].includes(text)))
    findings.error(keyword, 'lvs_timeouts takes tcp, tcpfin or udp and seconds');
  return { tcp: of('tcp'), tcpFin: of('tcpfin'), udp: of('udp') };
}
