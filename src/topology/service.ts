/** The services of a virtual address: services, virtual servers, their checks, and HTTP probes. */
import type { IpAddress } from '../net/address.ts';
import type { Micros } from '../time.ts';

/** A service that answers with the name of its node; faults change its behaviour. */
export interface Service {
  readonly name: string;
  readonly protocol: 'http' | 'https' | 'tcp' | 'udp';
  readonly port: number;
}

/** keepalived's lvs_sched. */
export type Scheduling = 'rr' | 'wrr' | 'lc' | 'wlc' | 'sh';

export interface VirtualServer {
  readonly name: string;
  readonly address: IpAddress;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
  /** How packets reach a server; DR and TUN need ip_vs. */
  readonly mode: 'NAT' | 'DR' | 'TUN';
  readonly method: Scheduling;
  /** Routers that balance it: the members of the virtual router that holds the address. */
  readonly routers: readonly string[];
  readonly pool: readonly PoolMember[];
  /** Serves while the quorum is lost. */
  readonly sorry: PoolMember | undefined;
  readonly quorum: number;
  readonly hysteresis: number;
  readonly persistence: Micros | undefined;
  readonly check: ServerCheck | undefined;
}

export interface PoolMember {
  readonly node: string;
  readonly address: IpAddress;
  readonly port: number;
  readonly weight: number;
}

export interface ServerCheck {
  readonly type: 'http' | 'https' | 'tcp' | 'ping' | 'udp' | 'script';
  /** Of http and https. */
  readonly path: string;
  /** The pattern for the body; undefined: any body. */
  readonly body: string | undefined;
  readonly every: Micros;
  readonly timeout: Micros;
  /** Failures in a row to be down. */
  readonly fall: number;
  /** From a failure to the next probe while it is still up. */
  readonly retryDelay: Micros;
}

/** A `vrrp_script` of the lab on every member: it checks a service of its node, or faults control it. */
export interface ScriptTrack {
  readonly name: string;
  /** A script of a user's configuration, which no fault can command. */
  readonly isOwn: boolean;
  /** undefined: a script that the check-script faults command. */
  readonly service: number | undefined;
  readonly every: Micros;
  readonly timeout: Micros;
  readonly rise: number;
  readonly fall: number;
  /** 0: FAULT while it fails. */
  readonly weight: number;
}

/** Open-loop HTTP requests, each on a connection of its own. */
export interface HttpTarget {
  readonly address: IpAddress;
  readonly port: number;
  readonly path: string;
  /** A request that takes longer has failed. */
  readonly timeout: Micros;
}

/** As halabd and keepalived name it: `[10.0.0.1]:tcp:80`. */
export function virtualServerName({
  address,
  port,
  protocol,
}: Pick<VirtualServer, 'address' | 'port' | 'protocol'>): string {
  return `[${address}]:${protocol.toLowerCase()}:${port}`;
}
