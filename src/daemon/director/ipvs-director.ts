/**
 * Pools in the kernel's IPVS table: only differences are applied, new servers first and removals last, so that a
 * service is never without a server. Services of others are not touched.
 */

import type { Destination, Pool } from '../../engine/check/io.ts';
import type { CheckConfig, VirtualServerConfig } from '../../engine/core/config-check.ts';
import {
  familyOf,
  type IpvsDestination,
  type IpvsKey,
  type IpvsService,
  type IpvsTable,
  SERVICE_FLAG,
} from '../../linux/ipvs.ts';
import type { Director } from './director.ts';
import { servicesOf } from './services.ts';

const FORWARDING = { NAT: 0, TUN: 2, DR: 3 } as const;
const TUNNEL = { ipip: 0, gue: 1, gre: 2 } as const;
const CHECKSUM = { nocsum: 0, csum: 1, remcsum: 2 } as const;

interface Held {
  readonly service: IpvsService;
  readonly destinations: Map<string, IpvsDestination>;
}

export class IpvsDirector implements Director {
  readonly name = 'ipvs';
  private readonly table: IpvsTable;
  private check: CheckConfig;
  /** Our entries in the kernel, by virtual server and then by service. */
  private readonly held = new Map<string, Map<string, Held>>();
  /** What the kernel has refused since the last answer. */
  private readonly problems: string[] = [];

  constructor(table: IpvsTable, check: CheckConfig) {
    this.table = table;
    this.check = check;
    if (check.flush) table.flush();
    this.setTimeouts();
  }

  configure(check: CheckConfig): readonly string[] {
    this.check = check;
    return this.setTimeouts();
  }

  apply(pools: readonly Pool[]): readonly string[] {
    for (const pool of pools) this.applyOne(pool);
    return this.problems.splice(0);
  }

  private applyOne({ virtualServer, destinations }: Pool): void {
    const before = this.held.get(virtualServer.name) ?? new Map<string, Held>();
    const after = new Map<string, Held>();
    for (const key of servicesOf(virtualServer, this.check)) {
      const id = JSON.stringify(key);
      const held = this.hold(before.get(id), serviceOf(key, virtualServer));
      if (held === undefined) continue;
      this.fill(held, byPlace(destinations.map((destination) => destinationOf(destination, key))));
      after.set(id, held);
    }
    for (const [id, { service }] of before)
      if (!after.has(id)) this.note(service.key, this.table.deleteService(service.key));
    this.held.set(virtualServer.name, after);
  }

  remove(virtualServer: string): readonly string[] {
    const { flushOnStop } = this.check;
    for (const { service, destinations } of this.held.get(virtualServer)?.values() ?? []) {
      // With a service the kernel removes its destinations, too.
      if (flushOnStop === undefined)
        for (const destination of destinations.values())
          this.table.deleteDestination(service.key, destination);
      this.note(service.key, this.table.deleteService(service.key));
    }
    this.held.delete(virtualServer);
    return this.problems.splice(0);
  }

  close(): void {
    if (this.check.flushOnStop === 'all') this.table.flush();
    this.table.close();
  }

  private setTimeouts(): readonly string[] {
    const { tcp, tcpFin, udp } = this.check.timeouts;
    if (tcp === undefined && tcpFin === undefined && udp === undefined) return [];
    const inSeconds = (value: number | undefined): number => Math.round((value ?? 0) / 1_000_000);
    const outcome = this.table.setTimeouts(inSeconds(tcp), inSeconds(tcpFin), inSeconds(udp));
    return outcome === 'done' ? [] : [`lvs_timeouts: ${outcome}`];
  }

  /** Adds or changes the service; one that a predecessor left is taken over with its destinations. */
  private hold(held: Held | undefined, service: IpvsService): Held | undefined {
    const { key } = service;
    if (held !== undefined) {
      if (JSON.stringify(held.service) === JSON.stringify(service)) return held;
      this.note(key, this.table.setService(service));
      return { ...held, service };
    }
    const outcome = this.table.addService(service);
    if (outcome === 'done') return { service, destinations: new Map() };
    this.note(key, outcome === 'EEXIST' ? this.table.setService(service) : outcome);
    if (outcome !== 'EEXIST') return undefined;
    return { service, destinations: byPlace(this.table.destinations(key)) };
  }

  private fill(
    { service: { key }, destinations }: Held,
    wanted: ReadonlyMap<string, IpvsDestination>,
  ): void {
    for (const [place, destination] of wanted) {
      const old = destinations.get(place);
      if (old !== undefined && same(old, destination)) continue;
      const outcome =
        old === undefined
          ? this.table.addDestination(key, destination)
          : this.table.setDestination(key, destination);
      this.note(key, outcome);
      if (outcome === 'done') destinations.set(place, destination);
    }
    for (const [place, destination] of destinations) {
      if (wanted.has(place)) continue;
      this.note(key, this.table.deleteDestination(key, destination));
      destinations.delete(place);
    }
  }

  private note(key: IpvsKey, outcome: string): void {
    if (outcome === 'done') return;
    const service = key.kind === 'fwmark' ? `FWM ${key.mark}` : `[${key.address}]:${key.port}`;
    const hint = outcome === 'ENOENT' ? ' (is the module of the scheduler loaded?)' : '';
    this.problems.push(`IPVS ${service}: ${outcome}${hint}`);
  }
}

function byPlace(destinations: readonly IpvsDestination[]): Map<string, IpvsDestination> {
  return new Map(destinations.map((each) => [`${each.address} ${each.port}`, each]));
}

function same(a: IpvsDestination, b: IpvsDestination): boolean {
  return (Object.keys(a) as (keyof IpvsDestination)[]).every((key) => a[key] === b[key]);
}

function serviceOf(key: IpvsKey, server: VirtualServerConfig): IpvsService {
  const { persistence, onePacket, schedulerFlags, scheduler } = server;
  const flags = schedulerFlags.reduce(
    (bits, flag) => bits | SERVICE_FLAG[flag],
    (persistence === undefined ? 0 : SERVICE_FLAG.persistent) |
      (onePacket ? SERVICE_FLAG.onePacket : 0),
  );
  return {
    key,
    scheduler,
    flags,
    timeout: Math.round((persistence?.timeout ?? 0) / 1_000_000),
    netmask: netmaskOf(key, server),
  };
}

/** A group may have addresses of both families: the configured granularity is for one of them. */
function netmaskOf(
  key: IpvsKey,
  { persistence, family: own }: VirtualServerConfig,
): IpvsService['netmask'] {
  const which = familyOf(key);
  const whole = which === 4 ? 32 : 128;
  return which === own ? (persistence?.granularity ?? whole) : whole;
}

/** DR and TUN do not change packets, so the port is always the service's, as in keepalived. */
function destinationOf(destination: Destination, key: IpvsKey): IpvsDestination {
  const { kind, tunnel } = destination.method;
  const own = key.kind === 'fwmark' ? 0 : key.port;
  return {
    address: destination.address,
    port: kind === 'NAT' ? destination.port : own,
    forwarding: FORWARDING[kind],
    weight: destination.weight,
    upperThreshold: destination.upperThreshold,
    lowerThreshold: destination.lowerThreshold,
    tunnelType: TUNNEL[tunnel?.type ?? 'ipip'],
    tunnelPort: tunnel?.port ?? 0,
    tunnelFlags: CHECKSUM[tunnel?.checksum ?? 'nocsum'],
  };
}
