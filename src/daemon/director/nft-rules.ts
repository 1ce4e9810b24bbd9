/**
 * Pools as nftables: one table, a chain for each virtual server that picks a real server for every new
 * connection, and a chain with the services that jumps to them. Connections that exist stay where they
 * are: connection tracking translates them.
 */
import type { Destination, Pool } from '../../engine/check/io.ts';
import type { VirtualServerConfig } from '../../engine/core/config-check.ts';
import type { IpvsKey } from '../../linux/ipvs.ts';

export const TABLE = 'inet halab_lvs';
/** More slots than this make no traffic split more exact. */
const MOST_SLOTS = 1_024;

/** The table, empty, in place of what a predecessor left. */
export const NEW_TABLE = `table ${TABLE}
delete table ${TABLE}
table ${TABLE} {
  chain services { }
  chain forwarded { type nat hook prerouting priority dstnat; policy accept; jump services; }
  chain own { type nat hook output priority -100; policy accept; jump services; }
}
`;

/** Does nothing but find out whether it could. */
export const PROBE = 'table inet halab_probe {\n}\ndelete table inet halab_probe\n';

export const DELETE_TABLE = `table ${TABLE}\ndelete table ${TABLE}\n`;

/** Schedulers that look at the client; the others take turns, as weights say. */
const BY_SOURCE = ['sh', 'mh', 'lblc', 'lblcr'];
const TURNS = ['rr', 'wrr'];

/** What nftables cannot do as it was asked; the pool works all the same. */
export function compromises({ scheduler, persistence, onePacket }: VirtualServerConfig): string[] {
  return [
    ...(TURNS.includes(scheduler) || BY_SOURCE.includes(scheduler)
      ? []
      : [`lvs_sched ${scheduler} needs ip_vs: weighted round robin instead`]),
    ...(persistence === undefined
      ? []
      : ["persistence_timeout needs ip_vs: servers are picked by the client's address instead"]),
    ...(onePacket ? ['ops needs ip_vs: packets of a flow go to one server'] : []),
  ];
}

/** Why a pool cannot be done at all. */
export function impossible({ virtualServer, destinations }: Pool): string | undefined {
  const other = destinations.find(({ method }) => method.kind !== 'NAT');
  if (other !== undefined)
    return `lvs_method ${other.method.kind} needs ip_vs: nftables does NAT only`;
  const mixed = destinations.some(
    ({ address }) => address.includes(':') !== (virtualServer.family === 6),
  );
  return mixed ? 'nftables cannot translate between IPv4 and IPv6' : undefined;
}

/** The rules of a chain anew; an empty pool lets everything by, to be refused by the host itself. */
export function poolRules(chain: string, pool: Pool): string {
  const flush = `add chain ${TABLE} ${chain}\nflush chain ${TABLE} ${chain}\n`;
  const slots = slotsOf(pool.destinations);
  if (slots.length === 0) return flush;
  const { protocol, family } = pool.virtualServer;
  const withPorts = slots.some(({ port }) => port !== 0);
  const map = slots.map(
    ({ address, port }, i) => `${i} : ${withPorts ? `${address} . ${port}` : address}`,
  );
  const match = `meta l4proto ${protocol.toLowerCase()}`;
  const pick = `${pickOf(pool.virtualServer)} mod ${slots.length}`;
  const to = `dnat ${family === 4 ? 'ip' : 'ip6'} to ${pick} map { ${map.join(', ')} }`;
  return `${flush}add rule ${TABLE} ${chain} ${match} ${to}\n`;
}

function pickOf(server: VirtualServerConfig): string {
  const { scheduler, persistence } = server;
  const bySource = BY_SOURCE.includes(scheduler) || persistence !== undefined;
  return bySource ? `jhash ${clientOf(server)}` : 'numgen inc';
}

function clientOf({ family, persistence }: VirtualServerConfig): string {
  const word = family === 4 ? 'ip saddr' : 'ip6 saddr';
  const length = persistence?.granularity;
  if (family === 6 || length === undefined || length === 32) return word;
  const mask = (0xffff_ffff << (32 - length)) >>> 0;
  const octets = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff);
  return `${word} and ${octets.join('.')}`;
}

/**
 * The servers as often as they weigh, well mixed: smooth weighted round robin, so that even short runs
 * are fair.
 */
export function slotsOf(destinations: readonly Destination[]): Destination[] {
  const alive = destinations.filter(({ weight }) => weight > 0);
  const divisor = alive.reduce((sum, { weight }) => gcd(sum, weight), 0);
  const total = alive.reduce((sum, { weight }) => sum + weight / Math.max(1, divisor), 0);
  const scale = Math.min(1, MOST_SLOTS / Math.max(1, total));
  const shares = alive.map(({ weight }) => Math.max(1, Math.round((weight / divisor) * scale)));
  const slots = shares.reduce((sum, share) => sum + share, 0);
  const credit = shares.map(() => 0);
  return Array.from({ length: slots }, () => {
    let best = 0;
    for (const [i, share] of shares.entries()) {
      credit[i] = (credit[i] ?? 0) + share;
      if ((credit[i] ?? 0) > (credit[best] ?? 0)) best = i;
    }
    credit[best] = (credit[best] ?? 0) - slots;
    return alive[best];
  }).filter((one) => one !== undefined);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Which packets belong to a virtual server. */
export function serviceRule(key: IpvsKey, chain: string): string {
  const goto = `goto ${chain}`;
  if (key.kind === 'fwmark')
    return `meta mark ${key.mark} meta nfproto ipv${key.family} meta l4proto { tcp, udp, sctp } ${goto}`;
  const word = key.address.includes(':') ? 'ip6' : 'ip';
  const protocol = key.protocol.toLowerCase();
  const port = key.port === 0 ? `meta l4proto ${protocol}` : `${protocol} dport ${key.port}`;
  return `${word} daddr ${key.address} ${port} ${goto}`;
}

export function servicesRules(services: readonly (readonly [IpvsKey, string])[]): string {
  const rules = services.map(
    ([key, chain]) => `add rule ${TABLE} services ${serviceRule(key, chain)}\n`,
  );
  return `flush chain ${TABLE} services\n${rules.join('')}`;
}
