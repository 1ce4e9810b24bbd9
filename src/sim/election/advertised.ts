/**
 * An advert as it is on the wire, judged once: an Active sends the same bytes for hours, and every check on
 * them alone, and on them at one receiver, gives the same answer each time.
 */
import type { InstanceState } from '../../engine/vrrp/instance-state.ts';
import type { VrrpEffect, VrrpInput } from '../../engine/vrrp/io.ts';
import type { IpAddress } from '../../net/address.ts';
import { judgeLocal } from '../../net/local-checks.ts';
import { judgePacket } from '../../net/receive-checks.ts';
import type { Advert } from '../../net/vrrp-packet.ts';
import { type Micros, micros } from '../../time.ts';
import { INTERFACE } from './profile.ts';

const UNKNOWN = 0;
const ACCEPTED = 1;
const REFUSED = 2;

export class Advertised {
  readonly virtual: number;
  /** Index of the router that sent it. */
  readonly from: number;
  readonly source: IpAddress;
  /** The bytes that were judged. */
  readonly message: Uint8Array;
  /** As the sender meant it. */
  readonly priority: number;
  readonly interval: Micros;
  /** Undefined: no receiver may accept it. */
  readonly content: Advert | undefined;
  private readonly destination: IpAddress;
  private readonly ttl: number;
  private readonly answers: Uint8Array;

  constructor(
    from: number,
    virtual: number,
    receivers: number,
    effect: Extract<VrrpEffect, { kind: 'send' }>,
  ) {
    const { source, destination, ttl, message, family, priority } = effect;
    const judged = judgePacket({ family, source, destination, ttl, message });
    this.virtual = virtual;
    this.from = from;
    this.source = source;
    this.message = message;
    this.destination = destination;
    this.ttl = ttl;
    this.content = judged.ok ? judged.advert : undefined;
    this.priority = judged.ok ? judged.advert.priority : priority;
    this.interval = judged.ok ? judged.advert.interval : micros(0);
    this.answers = new Uint8Array(receivers);
  }

  /** Whether it passes the checks of this receiver. */
  isAccepted(receiver: number, instance: InstanceState): boolean {
    const known = this.answers[receiver];
    if (known !== UNKNOWN) return known === ACCEPTED;
    const accepted = this.judge(instance);
    this.answers[receiver] = accepted ? ACCEPTED : REFUSED;
    return accepted;
  }

  private judge(instance: InstanceState): boolean {
    if (this.content === undefined) return false;
    if (this.content.vrid !== instance.config.vrid) return false;
    const { source, destination, ttl } = this;
    const failed = judgeLocal(this.content, instance.local, {
      source,
      destination,
      ttl,
      ah: false,
      signed: false,
      addressesKnown: false,
      authenticate: () => undefined,
    });
    return failed === undefined;
  }

  /** As a socket would give it. */
  packet(): Extract<VrrpInput, { kind: 'packet' }> {
    const { source, destination, ttl, message } = this;
    return { kind: 'packet', interface: INTERFACE, family: 4, source, destination, ttl, message };
  }

  /** A receiver has another configuration. */
  forget(receiver: number): void {
    this.answers[receiver] = UNKNOWN;
  }
}
