/**
 * One segment: a switch with a port for each interface. Every frame that enters a port is shown to the
 * tap, then delivered to the ports it is for, after the delay of a bridge of veth pairs. What the
 * frames mean is their senders' and receivers' business.
 */

import { type IpAddress, isMulticast, type Mac } from '../net/address.ts';
import { announcement } from '../net/announce.ts';
import { buildVrrpFrame } from '../net/frame-build.ts';
import { judgePacket, type ReceivedPacket } from '../net/receive-checks.ts';
import type { LabEvent } from '../observe/event.ts';
import type { Random } from '../random.ts';
import { type Instant, type Micros, micros } from '../time.ts';
import type { World } from './world.ts';

export type Emit = (event: LabEvent) => void;
export type Capture = (segment: string, at: Instant, frame: () => Uint8Array) => void;

/** A node's side of a port. */
export interface Port {
  readonly node: string;
  readonly mac: Mac;
  /** Cable plugged in. */
  up: boolean;
  receiveVrrp(packet: ReceivedPacket): void;
  /** A gratuitous ARP or an unsolicited Neighbor Advertisement. */
  receiveAnnouncement(address: IpAddress, mac: Mac): void;
  /** Whether the node answers for this address now. */
  holds(address: IpAddress): boolean;
}

/** Ingress to egress of a Linux bridge: 8 us and up, 31 us at the receiver. */
const DELAY_LEAST = 8;
const DELAY_SPREAD = 24;

export class Switch {
  readonly segment: string;
  readonly ports: Port[] = [];
  private readonly world: World;
  private readonly random: Random;
  private readonly sinks: { readonly emit: Emit; readonly capture: Capture };

  constructor(segment: string, world: World, random: Random, sinks: Switch['sinks']) {
    this.segment = segment;
    this.world = world;
    this.random = random;
    this.sinks = sinks;
  }

  delay(): Micros {
    return micros(DELAY_LEAST + DELAY_SPREAD * this.random.next());
  }

  /** A multicast VRRP packet from a port. */
  sendVrrp(from: Port, packet: ReceivedPacket): void {
    if (!from.up) return;
    const { source, destination, message } = packet;
    const at = this.world.now();
    this.sinks.capture(this.segment, at, () =>
      buildVrrpFrame({ sourceMac: from.mac, source, destination }, message),
    );
    this.sinks.emit(advertEvent(this.segment, at, from, packet));
    this.toOthers(from, destination, (port) => port.receiveVrrp(packet));
  }

  announce(from: Port, address: IpAddress): void {
    if (!from.up) return;
    const at = this.world.now();
    this.sinks.capture(this.segment, at, () => announcement(address, from.mac, { router: false }));
    const { segment } = this;
    const { node, mac } = from;
    this.sinks.emit({ kind: 'garp', at, source: 'tap', node, segment, address, mac });
    this.toOthers(from, undefined, (port) => port.receiveAnnouncement(address, mac));
  }

  /** `to`: only to the ports that hold this address, if it is no multicast. */
  private toOthers(from: Port, to: IpAddress | undefined, deliver: (port: Port) => void): void {
    for (const port of this.ports) {
      if (port === from) continue;
      if (to !== undefined && !isMulticast(to) && !port.holds(to)) continue;
      this.world.after(this.delay(), () => {
        if (port.up) deliver(port);
      });
    }
  }

  /** Who answers an ARP request or a Neighbor Solicitation for `address`, seen from `from`. */
  resolve(from: Port, address: IpAddress): Port | undefined {
    return from.up
      ? this.ports.find((port) => port !== from && port.up && port.holds(address))
      : undefined;
  }

  /** The port that frames to `mac` leave by. */
  portOf(mac: Mac): Port | undefined {
    return this.ports.find((port) => port.mac === mac);
  }
}

function advertEvent(segment: string, at: Instant, from: Port, packet: ReceivedPacket): LabEvent {
  const judged = judgePacket(packet);
  const base = { at, source: 'tap', node: from.node, segment, sender: packet.source } as const;
  if (!judged.ok) return { ...base, kind: 'bad-advert', check: judged.check };
  const { version, vrid, priority, interval, addresses } = judged.advert;
  const { family } = packet;
  const content = { version, family, vrid, priority, interval, addresses };
  return { ...base, kind: 'advert', mac: from.mac, ...content };
}
