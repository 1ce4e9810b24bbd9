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
    return pools.flatMap((pool) => this.applyOne(pool));
  }

  private applyOne({ virtualServer, destinations }: Pool): readonly string[] {
    const problems: string[] = [];
    const before = this.held.get(virtualServer.name) ?? new Map<string, Held>();
    const after = new Map<string, Held>();
    for (const key of servicesOf(virtualServer, this.check)) {
      const id = JSON.stringify(key);
      const held = this.hold(before.get(id), serviceOf(key, virtualServer), problems);
      if (held === undefined) continue;
      const wanted = destinations.map((destination) => destinationOf(destination, key));
      this.fill(
        held,
        new Map(wanted.map((destination) => [placeOf(destination), destination])),
        problems,
      );
      after.set(id, held);
    }
    for (const [id, { service }] of before)
      if (!after.has(id)) note(problems, service.key, this.table.deleteService(service.key));
    this.held.set(virtualServer.name, after);
    return problems;
  }

  remove(virtualServer: string): readonly string[] {
    const problems: string[] = [];
    const { flushOnStop } = this.check;
    for (const { service, destinations } of this.held.get(virtualServer)?.values() ?? []) {
      // With a service the kernel removes its destinations, too.
      if (flushOnStop === undefined)
        for (const destination of destinations.values())
          this.table.deleteDestination(service.key, destination);
      note(problems, service.key, this.table.deleteService(service.key));
    }
    this.held.delete(virtualServer);
    return problems;
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
  private hold(held: Held | undefined, service: IpvsService, problems: string[]): Held | undefined {
    if (held !== undefined) {
      if (JSON.stringify(held.service) === JSON.stringify(service)) return held;
      note(problems, service.key, this.table.setService(service));
      return { ...held, service };
    }
    const outcome = this.table.addService(service);
    if (outcome === 'done') return { service, destinations: new Map() };
    if (outcome !== 'EEXIST') {
      note(problems, service.key, outcome);
      return undefined;
    }
    note(problems, service.key, this.table.setService(service));
    const left = this.table.destinations(service.key);
    return {
      service,
      destinations: new Map(left.map((destination) => [placeOf(destination), destination])),
    };
  }

  private fill(
    { service: { key }, destinations }: Held,
    wanted: ReadonlyMap<string, IpvsDestination>,
    problems: string[],
  ): void {
    for (const [place, destination] of wanted) {
      const old = destinations.get(place);
      if (old !== undefined && same(old, destination)) continue;
      const outcome =
        old === undefined
          ? this.table.addDestination(key, destination)
          : this.table.setDestination(key, destination);
      note(problems, key, outcome);
      if (outcome === 'done') destinations.set(place, destination);
    }
    for (const [place, destination] of destinations) {
      if (wanted.has(place)) continue;
      note(problems, key, this.table.deleteDestination(key, destination));
      destinations.delete(place);
    }
  }
}

function placeOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address} ${port}`;
}

function same(a: IpvsDestination, b: IpvsDestination): boolean {
  return (Object.keys(a) as (keyof IpvsDestination)[]).every((key) => a[key] === b[key]);
}

function note(problems: string[], key: IpvsKey, outcome: string): void {
  if (outcome === 'done') return;
  const service = key.kind === 'fwmark' ? `FWM ${key.mark}` : `[${key.address}]:${key.port}`;
  const hint = outcome === 'ENOENT' ? ' (is the module of the scheduler loaded?)' : '';
  problems.push(`IPVS ${service}: ${outcome}${hint}`);
}

function serviceOf(key: IpvsKey, server: VirtualServerConfig): IpvsService {
  const { persistence, onePacket, schedulerFlags, scheduler } = server;
  const flags =
    (persistence === undefined ? 0 : SERVICE_FLAG.persistent) |
    (onePacket ? SERVICE_FLAG.onePacket : 0) |
    (schedulerFlags.includes('flag-1') ? SERVICE_FLAG.sched1 : 0) |
    (schedulerFlags.includes('flag-2') ? SERVICE_FLAG.sched2 : 0) |
    (schedulerFlags.includes('flag-3') ? SERVICE_FLAG.sched3 : 0);
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
