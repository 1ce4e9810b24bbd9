/**
 * The kernel of a simulated node: interfaces, addresses, the neighbour cache, the packet filter. It
 * lives on when the router process dies, and keeps the addresses that process left behind.
 */
import {
  family,
  type IpAddress,
  linkLocalOf,
  type Mac,
  type Prefix,
  parseMac,
} from '../net/address.ts';
import type { ReceivedPacket } from '../net/receive-checks.ts';
import type { NodeInterface } from '../observe/event.ts';
import { random } from '../random.ts';
import { between, type Instant, type Micros, seconds } from '../time.ts';
import { Balancer } from './balancer.ts';
import { Filters } from './filters.ts';
import type { SimService } from './services.ts';
import type { Emit, Port, Switch } from './switch.ts';
import type { World } from './world.ts';

/** How long Linux keeps a link-local address tentative (DAD: one probe, a random delay before it). */
const DAD_TIME = seconds(1.5);

export interface SimInterface extends Port {
  readonly network: string;
  readonly switch: Switch;
  /** Configured addresses and, in IPv6, the link-local one. */
  readonly own: Prefix[];
  readonly linkLocal: IpAddress;
  /** From when the link-local address is usable. */
  linkLocalFrom: Instant;
  readonly virtual: Map<IpAddress, number>;
  readonly neighbors: Map<IpAddress, Mac>;
  /** Since when the MAC of an entry has not answered for its address. */
  readonly doubted: Map<IpAddress, Instant>;
}

export class Kernel {
  readonly interfaces: SimInterface[] = [];
  /** Powered. */
  up = false;
  readonly filters = new Filters();
  /** The pools of the check child. */
  readonly balancer = new Balancer();
  services: readonly SimService[] = [];
  /** Default routes. */
  gateways: readonly IpAddress[] = [];
  /** Forwards packets for other nodes. */
  forwards = false;
  /** Grows with every power-on: pending work of an earlier boot is void. */
  boots = 0;
  /** The router process listens here. */
  onVrrp: ((network: string, packet: ReceivedPacket) => void) | undefined;
  /** Carrier or address changes. */
  onLink: ((network: string) => void) | undefined;
  readonly name: string;
  private readonly world: World;
  private readonly emit: Emit;

  constructor(node: string, world: World, emit: Emit) {
    this.name = node;
    this.world = world;
    this.emit = emit;
  }

  attach(to: Switch, addresses: readonly Prefix[], seed: string): void {
    const mac = macFor(`${seed}/${this.name}/${to.segment}`);
    const port: SimInterface = {
      node: this.name,
      network: to.segment,
      switch: to,
      mac,
      up: false,
      own: [...addresses],
      linkLocal: linkLocalOf(mac),
      linkLocalFrom: this.world.now(),
      virtual: new Map(),
      neighbors: new Map(),
      doubted: new Map(),
      receiveVrrp: (packet) => this.receiveVrrp(to.segment, packet),
      receiveAnnouncement: (address, learned) => this.learn(port, address, learned, false),
      holds: (address) =>
        this.up &&
        (port.virtual.has(address) || port.own.some((prefix) => prefix.address === address)),
    };
    to.ports.push(port);
    this.interfaces.push(port);
  }

  powerOn(): void {
    this.up = true;
    this.boots++;
    const now = this.world.now();
    for (const port of this.interfaces) {
      port.up = true;
      port.virtual.clear();
      port.neighbors.clear();
      port.doubted.clear();
      port.linkLocalFrom = (now + DAD_TIME) as Instant;
      this.world.after(DAD_TIME, () => this.onLink?.(port.network));
    }
    this.filters.clear();
    this.balancer.clear();
    const interfaces = this.interfaces.map(({ network, mac, own }): NodeInterface => {
      return { name: network, network, mac, addresses: own };
    });
    this.emit({ kind: 'node-up', at: now, source: 'agent', node: this.name, interfaces });
    for (const port of this.interfaces) {
      for (const { address, length } of port.own)
        this.addressEvent('address-added', port.network, address, length);
    }
  }

  /** Power off: everything stops at once. */
  powerOff(): void {
    this.up = false;
    for (const port of this.interfaces) {
      port.up = false;
      port.virtual.clear();
    }
    this.emit({ kind: 'node-down', at: this.world.now(), source: 'agent', node: this.name });
  }

  /** The cable of one interface. */
  setCarrier(network: string, up: boolean): void {
    const port = this.interface(network);
    port.up = up;
    this.emit({ kind: 'link', ...this.seenOn(network), mac: port.mac, up });
    if (up) port.linkLocalFrom = this.world.now();
    this.onLink?.(network);
  }

  addVirtual(network: string, address: IpAddress, length: number): void {
    const port = this.interface(network);
    if (port.virtual.has(address)) return;
    port.virtual.set(address, length);
    this.addressEvent('address-added', network, address, length);
  }

  removeVirtual(network: string, address: IpAddress): void {
    const port = this.interface(network);
    const length = port.virtual.get(address);
    if (length === undefined) return;
    port.virtual.delete(address);
    this.addressEvent('address-removed', network, address, length);
  }

  /** Source addresses that a process may use: the first own IPv4 address, the link-local one once usable. */
  sourcesOf(network: string): { four: IpAddress | undefined; six: IpAddress | undefined } {
    const port = this.interface(network);
    const four = port.own.find(({ address }) => family(address) === 4)?.address;
    return { four, six: this.world.now() >= port.linkLocalFrom ? port.linkLocal : undefined };
  }

  /** `false`: the node's firewall refused it and reports that to the sender. */
  sendVrrp(network: string, packet: ReceivedPacket): boolean {
    if (this.filters.refuses()) return false;
    if (this.filters.vrrp(packet.source, 'out')) return true;
    this.interface(network).switch.sendVrrp(this.interface(network), packet);
    return true;
  }

  /** The neighbour entry for an address: from the cache, or resolved on the wire. */
  neighbor(port: SimInterface, address: IpAddress): Mac | undefined {
    const known = port.neighbors.get(address);
    if (known !== undefined) return known;
    const answer = port.switch.resolve(port, address);
    if (answer !== undefined) this.learn(port, address, answer.mac, true);
    return answer?.mac;
  }

  /** Linux no longer trusts an entry that answers nothing; it asks again. */
  forget(port: SimInterface, address: IpAddress): void {
    port.neighbors.delete(address);
    port.doubted.delete(address);
  }

  /** Whether the neighbour at the entry's MAC still answers for the address, seen when it is used. */
  heard(port: SimInterface, address: IpAddress, answers: boolean): void {
    const now = this.world.now();
    const since = port.doubted.get(address) ?? now;
    if (answers) port.doubted.delete(address);
    else if (between(since, now) > NEIGHBOR_TIMEOUT) this.forget(port, address);
    else port.doubted.set(address, since);
  }

  /** Whether an address is this node's own, on whichever interface. */
  has(address: IpAddress): boolean {
    return this.interfaces.some((port) => port.holds(address));
  }

  interface(network: string): SimInterface {
    const found = this.interfaces.find((port) => port.network === network);
    if (found === undefined)
      throw new Error(`checked when the topology was read: ${this.name} is on ${network}`);
    return found;
  }

  private receiveVrrp(network: string, packet: ReceivedPacket): void {
    if (!this.up || this.filters.vrrp(packet.source, 'in')) return;
    this.onVrrp?.(network, packet);
  }

  /** Unsolicited announcements change an entry but create none (Linux: arp_accept 0). */
  private learn(port: SimInterface, address: IpAddress, mac: Mac, solicited: boolean): void {
    if (
      !this.up ||
      (!solicited && !port.neighbors.has(address)) ||
      port.neighbors.get(address) === mac
    )
      return;
    port.doubted.delete(address);
    port.neighbors.set(address, mac);
    this.emit({ kind: 'neighbor', ...this.seenOn(port.network), address, mac });
  }

  private addressEvent(
    kind: 'address-added' | 'address-removed',
    network: string,
    address: IpAddress,
    length: number,
  ): void {
    this.emit({ kind, ...this.seenOn(network), address, length });
  }

  private seenOn(network: string) {
    const at = this.world.now();
    return { at, source: 'kernel', node: this.name, interface: network } as const;
  }
}

/** Time between the loss of answers and a new question: Linux asks again after delay and probes. */
export const NEIGHBOR_TIMEOUT: Micros = seconds(8);

function macFor(label: string): Mac {
  const source = random(0, label);
  const octets = Array.from({ length: 4 }, () => Math.floor(source.next() * 256));
  const text = [0x02, 0x68, ...octets]
    .map((octet) => octet.toString(16).padStart(2, '0'))
    .join(':');
  const mac = parseMac(text);
  if (mac === undefined) throw new Error('six octets make a MAC');
  return mac;
}
