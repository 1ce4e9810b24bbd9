/** The real servers that a node's kernel balances over, in IPVS or nftables, independent of the claims of its engine. */
import { readFileSync } from 'node:fs';
import { nftables } from '../linux/nftables.ts';
import { type IpAddress, ipAt, parseIp } from '../net/address.ts';
import type { PoolEntry } from '../observe/event.ts';

/** By virtual server: `[10.0.0.1]:tcp:80`. */
export type KernelPools = ReadonlyMap<string, readonly PoolEntry[]>;

export const IPVS = '/proc/net/ip_vs';
const TABLE = 'table inet halab_lvs';

export function readKernelPools(): KernelPools {
  const known = readIpvs();
  if (known.size > 0) return known;
  return nftPools(nftables()?.list(TABLE) ?? '');
}

/** IPVS only. keepalived has no other balancer, and its pools are read too often to ask nftables, too. */
export function readIpvs(): KernelPools {
  try {
    return ipvsPools(readFileSync(IPVS, 'latin1'));
  } catch {
    return new Map(); // this kernel has no IPVS
  }
}

/** The text of /proc/net/ip_vs: addresses and ports in hexadecimal, IPv6 in brackets. */
export function ipvsPools(table: string): KernelPools {
  const pools = new Map<string, PoolEntry[]>();
  let servers: PoolEntry[] = [];
  for (const line of table.split('\n')) {
    const service = /^(TCP|UDP|SCTP) +(\S+):([0-9A-F]{4}) /.exec(line);
    const server = /^ +-> (\S+):([0-9A-F]{4}) +\S+ +(\d+) /.exec(line);
    if (service !== null) {
      const [, protocol = '', place = '', port = ''] = service;
      servers = [];
      const name = `[${addressOf(place)}]:${protocol.toLowerCase()}:${Number.parseInt(port, 16)}`;
      pools.set(name, servers);
    } else if (server !== null) {
      const [, place = '', port = '', weight = ''] = server;
      const address = addressOf(place);
      if (address !== undefined)
        servers.push({ address, port: Number.parseInt(port, 16), weight: Number(weight) });
    }
  }
  return pools;
}

function addressOf(place: string): IpAddress | undefined {
  if (place.startsWith('[')) return parseIp(place.slice(1, -1));
  return /^[0-9A-F]{8}$/.test(place) ? ipAt(Buffer.from(place, 'hex'), 0, 4) : undefined;
}

/** The table of halabd as nft prints it: a chain a virtual server, a slot a turn. */
export function nftPools(table: string): KernelPools {
  const chains = new Map(
    [...table.matchAll(/chain (server_\d+) \{([\s\S]*?)\n\t\}/g)].map(
      ([, name = '', body = '']) => [name, slotsIn(body)],
    ),
  );
  const services = table.matchAll(/ip6? daddr (\S+) (tcp|udp|sctp) dport (\d+) goto (\S+)/g);
  return new Map(
    [...services].map(([, address = '', protocol = '', port = '', chain = '']) => [
      `[${address}]:${protocol}:${port}`,
      chains.get(chain) ?? [],
    ]),
  );
}

/** Slots as weights. */
function slotsIn(body: string): PoolEntry[] {
  const servers = new Map<string, PoolEntry>();
  for (const [, text = '', port = ''] of body.matchAll(/\b\d+ : ([0-9a-f.:]+)(?: \. (\d+))?/g)) {
    const address = parseIp(text);
    if (address === undefined) continue;
    const key = `${address} ${port}`;
    const weight = (servers.get(key)?.weight ?? 0) + 1;
    servers.set(key, { address, port: Number(port), weight });
  }
  return [...servers.values()];
}
