/**
 * The firewall faults: one nftables table for each, deleted whole when it heals. What is filtered on its
 * way out is dropped at the device, silently, as a filter further along the way would; `mode: reject` of
 * adverts drops them in the output hook, where the kernel tells the sender (EPERM).
 */
import { readdirSync } from 'node:fs';
import { unreachable } from '../../errors.ts';
import type { Fault } from '../../fault/faults.ts';
import type { BlockMode } from '../../fault/port.ts';
import type { BlockDirection } from '../../fault/vrrp.ts';
import { type Nftables, openNftables } from '../../linux/nftables.ts';
import { type Family, family, type IpAddress } from '../../net/address.ts';

export type FilterFault = Extract<
  Fault,
  { kind: 'vrrp.block' | 'vrrp.lose' | 'port.block' | 'icmp.drop' }
>;

/** Router and neighbour solicitations and advertisements, redirects: without them there is no IPv6. */
const NEIGHBOR_DISCOVERY = '133-137';

let library: Nftables | undefined;
/** What rules had met when they were taken away: whoever waits for their effect may ask later. */
const last = new Map<string, number>();

/** Puts the rules in force; answers why it could not. Made before its time: loading the library takes a while. */
export function filter(id: string, fault: FilterFault): () => string | undefined {
  const tables = nft();
  const rules = rulesOf(id, fault, devices());
  return () => (tables === undefined ? MISSING : tables.run(rules));
}

export function unfilter(id: string, fault: FilterFault): string | undefined {
  last.set(id, filtered(id, fault));
  return nft()?.run(`delete table ${tableOf(id, fault)}\n`);
}

/** What the fault's rules have met so far. */
export function filtered(id: string, fault: FilterFault): number {
  const text = nft()?.list(`table ${tableOf(id, fault)}`);
  if (text === undefined) return last.get(id) ?? 0;
  return [...text.matchAll(/counter packets (\d+)/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

export function rulesOf(id: string, fault: FilterFault, names: readonly string[]): string {
  return `table ${tableOf(id, fault)} {\n${chainsOf(fault, names)}\n}\n`;
}

function chainsOf(fault: FilterFault, names: readonly string[]): string {
  switch (fault.kind) {
    case 'port.block':
      return portChain(fault.port, fault.mode);
    case 'icmp.drop':
      return atDevices(ICMP[fault.type], fault.direction, names);
    case 'vrrp.block':
      if (fault.mode === 'reject') return REFUSED_ADVERTS;
      return atDevices(adverts(fault.from?.addresses), fault.direction, names);
    case 'vrrp.lose':
      return loseChains(fault.from.addresses, fault.count, names);
    default:
      return unreachable(fault);
  }
}

const MISSING = 'the node has no libnftables';

/** The last packet of the range of `numgen`: no fault lasts until it begins anew. */
const NEVER = 2 ** 31 - 1;

/** Before every other chain of the node, so that each of its adverts is met. */
const REFUSED_ADVERTS = `  chain leaving {
    type filter hook output priority raw; policy accept;
    meta l4proto 112 counter drop
  }`;

const ICMP = {
  echo: ['icmp type { echo-request, echo-reply }', 'icmpv6 type { echo-request, echo-reply }'],
  all: ['ip protocol icmp', `icmpv6 type != ${NEIGHBOR_DISCOVERY}`],
};

/** Packets of protocol 112, of these senders or of everybody. */
function adverts(senders: readonly IpAddress[] | undefined): string[] {
  if (senders === undefined) return ['ip protocol 112', 'ip6 nexthdr 112'];
  const of = (which: Family): string => senders.filter((one) => family(one) === which).join(', ');
  return [
    ...(of(4) === '' ? [] : [`ip protocol 112 ip saddr { ${of(4)} }`]),
    ...(of(6) === '' ? [] : [`ip6 nexthdr 112 ip6 saddr { ${of(6)} }`]),
  ];
}

/** Counted before anything is dropped: of two faults upon the same packets both are met. */
function atDevices(
  packets: readonly string[],
  direction: BlockDirection,
  names: readonly string[],
): string {
  return names
    .flatMap((device, i) => [
      ...(direction === 'out' ? [] : [{ hook: 'ingress', device, i }]),
      ...(direction === 'in' ? [] : [{ hook: 'egress', device, i }]),
    ])
    .flatMap(({ hook, device, i }) => [
      chain(`met_${hook}${i}`, { hook, device, priority: -1 }, packets, 'counter'),
      chain(`${hook}${i}`, { hook, device, priority: 0 }, packets, 'drop'),
    ])
    .join('\n');
}

/**
 * The first `count` packets that reach the one rule of `lose` are dropped, exactly; then it meets nothing.
 * It stands behind every block: what is dropped there was not lost.
 */
function loseChains(
  senders: readonly IpAddress[],
  count: number,
  names: readonly string[],
): string {
  const rule = `numgen inc mod ${NEVER} < ${count} counter drop`;
  const arriving = names.map((device, i) =>
    chain(`ingress${i}`, { hook: 'ingress', device, priority: 1 }, adverts(senders), 'jump lose'),
  );
  return [`  chain lose {\n    ${rule}\n  }`, ...arriving].join('\n');
}

function chain(
  name: string,
  { hook, device, priority }: { hook: string; device: string; priority: number },
  packets: readonly string[],
  verdict: string,
): string {
  const rules = packets.map((packet) => `    ${packet} ${verdict}\n`).join('');
  return `  chain ${name} {\n    type filter hook ${hook} device "${device}" priority ${priority};\n${rules}  }`;
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
function tableOf(id: string, fault: FilterFault): string {
  const atHost = fault.kind === 'port.block' || ('mode' in fault && fault.mode === 'reject');
  const family = atHost ? 'inet' : 'netdev';
  return `${family} halab_${id.replaceAll(/[^A-Za-z0-9]/g, '_')}`;
}

function devices(): string[] {
  return readdirSync('/sys/class/net').filter((name) => name !== 'lo');
}

function nft(): Nftables | undefined {
  library ??= openNftables();
  return library;
}
