/**
 * The path of one packet through the simulated network: from kernel to kernel by routes and neighbour entries,
 * translated by a balancer on the way. The whole path is computed when the packet leaves, because nothing relevant
 * changes within the 100 us it takes.
 */
import type { BlockMode } from '../fault/port.ts';
import { contains, family, type IpAddress } from '../net/address.ts';
import type { LabEvent } from '../observe/event.ts';
import type { Random } from '../random.ts';
import { type Micros, micros } from '../time.ts';
import type { Turn } from './balancer.ts';
import type { Kernel, SimInterface } from './kernel.ts';
import type { World } from './world.ts';

/** Everything that is attached to a segment. */
export interface Internet {
  readonly kernels: ReadonlyMap<string, Kernel>;
  readonly random: Random;
  readonly world: World;
  readonly emit: (event: LabEvent) => void;
}

export interface Packet {
  readonly protocol: 'ICMP' | 'TCP' | 'UDP';
  readonly source: IpAddress;
  readonly to: IpAddress;
  readonly port: number;
  /** The source port of a packet that opens a connection. */
  readonly opens: number | undefined;
  /** An answer belongs to a connection and is not translated like a request. */
  readonly answer: boolean;
}

export type Journey =
  /** `from` has no route, or no node on the segment has the next address. */
  | { readonly kind: 'unreachable'; readonly why: 'no-route' | 'no-neighbor' }
  | { readonly kind: 'lost' }
  /** `blocked`: a packet filter matched it there. */
  | {
      readonly kind: 'arrived';
      readonly at: Kernel;
      readonly blocked: BlockMode | undefined;
      readonly after: Micros;
      /** The kernels that forwarded it. */
      readonly via: readonly Kernel[];
      /** Translated it, and must see the answer. */
      readonly balancer: Kernel | undefined;
      /** As translated. */
      readonly port: number;
    };

export type Arrival = Extract<Journey, { kind: 'arrived' }>;

/** From one kernel over a bridge into the next. */
const HOP_LEAST = 40;
const HOP_SPREAD = 60;
/** More than any topology needs; ends a packet in a routing loop. */
const MOST_STEPS = 8;

export function travel(from: Kernel, packet: Packet, net: Internet): Journey {
  let current = packet;
  let balancer: Kernel | undefined;
  let after = micros(0);
  const via: Kernel[] = [];
  for (let at = from, steps = 0; steps < MOST_STEPS; steps++) {
    const blocked = blockedAt(at, current);
    // Packets for the node pass its filter before its balancer.
    const turn =
      blocked === undefined && balancer === undefined ? turnedAt(at, current) : undefined;
    if (turn !== undefined) {
      balancer = at;
      current = { ...current, to: turn.address, port: turn.port };
      continue;
    }
    if (at.has(current.to))
      return { kind: 'arrived', at, blocked, after, via, balancer, port: current.port };
    if (at !== from && !at.forwards) return { kind: 'lost' };
    const next = step(at, current, net);
    if (typeof next === 'string')
      return next === 'lost' || at !== from ? { kind: 'lost' } : { kind: 'unreachable', why: next };
    after = micros(after + HOP_LEAST + HOP_SPREAD * net.random.next());
    if (at !== from) via.push(at);
    at = next;
  }
  return { kind: 'lost' };
}

function blockedAt(at: Kernel, { protocol, to, port, answer }: Packet): BlockMode | undefined {
  return answer || protocol === 'ICMP' || !at.has(to) ? undefined : at.filters.port(port);
}

function turnedAt(at: Kernel, { protocol, source, to, port, answer }: Packet): Turn | undefined {
  if (answer || protocol === 'ICMP') return undefined;
  return at.balancer.turn(to, protocol, port, source);
}

/** The source address of a request to `to`; undefined: there is no route. */
export function sourceTowards(from: Kernel, to: IpAddress): IpAddress | undefined {
  if (from.has(to)) return to;
  const way = wayOut(from, to);
  return way?.port.own.find(({ address }) => family(address) === family(to))?.address;
}

interface Way {
  readonly port: SimInterface;
  readonly next: IpAddress;
}

/** The interface whose network the address is on, or that of the gateway. */
function wayOut(kernel: Kernel, to: IpAddress): Way | undefined {
  if (!kernel.up) return undefined;
  const on = (address: IpAddress): SimInterface | undefined =>
    kernel.interfaces.find(({ own }) => own.some((prefix) => contains(prefix, address)));
  const direct = on(to);
  if (direct !== undefined) return { port: direct, next: to };
  for (const gateway of kernel.gateways) {
    const port = family(gateway) === family(to) ? on(gateway) : undefined;
    if (port !== undefined) return { port, next: gateway };
  }
  return undefined;
}

/** Over one segment. */
function step(
  from: Kernel,
  packet: Packet,
  net: Internet,
): Kernel | 'lost' | 'no-route' | 'no-neighbor' {
  const way = wayOut(from, packet.to);
  if (way === undefined) return 'no-route';
  const { port, next } = way;
  const mac = port.up ? from.neighbor(port, next) : undefined;
  const target = mac === undefined ? undefined : port.switch.portOf(mac);
  if (target === undefined) return 'no-neighbor';
  if (packet.opens !== undefined)
    net.emit({
      kind: 'connection',
      at: net.world.now(),
      source: 'tap',
      node: target.node,
      segment: port.network,
      client: packet.source,
      clientPort: packet.opens,
      address: packet.to,
      port: packet.port,
    });
  from.heard(port, next, target.up && target.holds(next));
  const kernel = net.kernels.get(target.node);
  return target.up && kernel?.up === true ? kernel : 'lost';
}
