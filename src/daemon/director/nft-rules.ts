/**
 * Pools as nftables rules: one table, a chain for each virtual server that picks a real server for every new
 * connection, and a chain of services that jumps to them. Existing connections keep their server through connection
 * tracking.
 */
import type { Pool } from '../../engine/check/io.ts';
import { slotsOf } from '../../engine/check/slots.ts';
import type { VirtualServerConfig } from '../../engine/core/config-check.ts';
import type { IpvsKey } from '../../linux/ipvs.ts';

export const TABLE = 'inet halab_lvs';

/** Recreates an empty table. */
export const NEW_TABLE = `table ${TABLE}
delete table ${TABLE}
table ${TABLE} {
  chain services { }
  chain forwarded { type nat hook prerouting priority dstnat; policy accept; jump services; }
  chain own { type nat hook output priority -100; policy accept; jump services; }
}
`;

/** Changes nothing: fails where nftables cannot be used. */
export const PROBE = 'table inet halab_probe {\n}\ndelete table inet halab_probe\n';

export const DELETE_TABLE = `table ${TABLE}\ndelete table ${TABLE}\n`;

/** Schedulers that pick by the client's address; all others become weighted round robin. */
const BY_SOURCE = ['sh', 'mh', 'lblc', 'lblcr'];
const TURNS = ['rr', 'wrr'];
const EVERY_PROTOCOL = '{ tcp, udp, sctp }';

/** Differences between nftables and the configuration; the pool still works. */
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

/** Why nftables cannot serve a pool at all, or undefined. */
export function impossible({ virtualServer, destinations }: Pool): string | undefined {
  const other = destinations.find(({ method }) => method.kind !== 'NAT');
  if (other !== undefined)
    return `lvs_method ${other.method.kind} needs ip_vs: nftables does NAT only`;
  const mixed = destinations.some(
    ({ address }) => address.includes(':') !== (virtualServer.family === 6),
  );
  return mixed ? 'nftables cannot translate between IPv4 and IPv6' : undefined;
}

/** Replaces the rules of a chain. With an empty pool packets pass, and the host itself refuses them. */
export function poolRules(chain: string, pool: Pool): string {
  const flush = `add chain ${TABLE} ${chain}\nflush chain ${TABLE} ${chain}\n`;
  const slots = slotsOf(pool.destinations);
  if (slots.length === 0) return flush;
  const { protocol, family, service } = pool.virtualServer;
  const withPorts = slots.some(({ port }) => port !== 0);
  const map = slots.map(
    ({ address, port }, i) => `${i} : ${withPorts ? `${address} . ${port}` : address}`,
  );
  // Packets with a mark may be of any of these protocols.
  const own = service.kind === 'address' ? protocol?.toLowerCase() : undefined;
  const match = `meta l4proto ${own ?? EVERY_PROTOCOL}`;
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
  if (typeof length === 'string') return `${word} and ${length}`;
  if (family === 6 || length === undefined || length === 32) return word;
  const mask = length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0;
  const octets = [24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff);
  return `${word} and ${octets.join('.')}`;
}

/** The rule that sends the packets of a service to its chain. */
export function serviceRule(key: IpvsKey, chain: string): string {
  const goto = `goto ${chain}`;
  if (key.kind === 'fwmark')
    return `meta mark ${key.mark} meta nfproto ipv${key.family} meta l4proto ${EVERY_PROTOCOL} ${goto}`;
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
