/**
 * The firewall faults: one nftables table for each, deleted whole when it heals. What is filtered on its
 * way out is dropped at the device, silently, as a filter further along the way would; a drop in the
 * output hook would tell the sender (EPERM).
 */
import { readdirSync } from 'node:fs';
import type { BlockDirection, BlockMode, Fault } from '../fault/fault.ts';
import { type Nftables, openNftables } from '../linux/nftables.ts';

export type FilterFault = Extract<Fault, { kind: 'vrrp.block' | 'port.block' | 'icmp.drop' }>;

/** Router and neighbour solicitations and advertisements, redirects: without them there is no IPv6. */
const NEIGHBOR_DISCOVERY = '133-137';

let library: Nftables | undefined;

/** Undefined once the rules are in force; otherwise why they are not. */
export function filter(id: string, fault: FilterFault): string | undefined {
  const tables = nft();
  return tables === undefined ? MISSING : tables.run(rulesOf(id, fault, devices()));
}

export function unfilter(id: string, fault: FilterFault): string | undefined {
  return nft()?.run(`delete table ${tableOf(id, fault)}\n`);
}

/** What the fault's rules have met so far. */
export function filtered(id: string, fault: FilterFault): number {
  const text = nft()?.list(`table ${tableOf(id, fault)}`) ?? '';
  return [...text.matchAll(/counter packets (\d+)/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

export function rulesOf(id: string, fault: FilterFault, names: readonly string[]): string {
  const table = `table ${tableOf(id, fault)}`;
  if (fault.kind === 'port.block') return `${table} {\n${portChain(fault.port, fault.mode)}\n}\n`;
  const drops = fault.kind === 'vrrp.block' ? VRRP : ICMP[fault.type];
  return `${table} {\n${atDevices(drops, fault.direction, names)}\n}\n`;
}

const MISSING = 'the node has no libnftables';

const VRRP = ['ip protocol 112 counter drop', 'ip6 nexthdr 112 counter drop'];

const ICMP = {
  echo: [
    'icmp type { echo-request, echo-reply } counter drop',
    'icmpv6 type { echo-request, echo-reply } counter drop',
  ],
  all: ['ip protocol icmp counter drop', `icmpv6 type != ${NEIGHBOR_DISCOVERY} counter drop`],
};

function atDevices(
  drops: readonly string[],
  direction: BlockDirection,
  names: readonly string[],
): string {
  const chain = (hook: 'ingress' | 'egress', device: string, i: number): string =>
    `  chain ${hook}${i} {\n    type filter hook ${hook} device "${device}" priority 0;\n    ${drops.join('\n    ')}\n  }`;
  return names
    .flatMap((device, i) => [
      ...(direction === 'out' ? [] : [chain('ingress', device, i)]),
      ...(direction === 'in' ? [] : [chain('egress', device, i)]),
    ])
    .join('\n');
}

/** Before any translation, so that it also meets what comes for a virtual server of the node. */
function portChain(port: number, mode: BlockMode): string {
  const own = 'fib daddr type local';
  const udp = 'counter reject with icmpx type port-unreachable';
  const rules = {
    drop: [`${own} meta l4proto { tcp, udp } th dport ${port} counter drop`],
    reject: [`${own} meta l4proto { tcp, udp } th dport ${port} ${udp}`],
    reset: [
      `${own} tcp dport ${port} counter reject with tcp reset`,
      `${own} udp dport ${port} ${udp}`,
    ],
  }[mode];
  return `  chain arriving {\n    type filter hook prerouting priority mangle; policy accept;\n    ${rules.join('\n    ')}\n  }`;
}

/** The id comes from a file: only letters, digits and underscores reach nft. */
function tableOf(id: string, { kind }: FilterFault): string {
  const family = kind === 'port.block' ? 'inet' : 'netdev';
  return `${family} halab_${id.replaceAll(/[^A-Za-z0-9]/g, '_')}`;
}

function devices(): string[] {
  return readdirSync('/sys/class/net').filter((name) => name !== 'lo');
}

function nft(): Nftables | undefined {
  library ??= openNftables();
  return library;
}
