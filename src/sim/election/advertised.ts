/**
 * An advert as it is on the wire, with cached results of its receive checks: an Active sends the same bytes for hours,
 * and every check gives the same result for the same bytes at the same receiver.
 */
import type { InstanceState } from '../../engine/vrrp/instance-state.ts';
import type { VrrpEffect, VrrpInput } from '../../engine/vrrp/io.ts';
import type { IpAddress } from '../../net/address.ts';
import { type CheckId, judgeLocal, type LocalRouter } from '../../net/local-checks.ts';
import { judgePacket, type ReceivedPacket } from '../../net/receive-checks.ts';
import type { Advert } from '../../net/vrrp-packet.ts';
import { type Micros, micros } from '../../time.ts';
import { INTERFACE } from './profile.ts';

/** The receive check that a plain advert fails at this receiver; undefined: none. */
export function failedAt(
  advert: Advert,
  receiver: LocalRouter,
  packet: Pick<ReceivedPacket, 'source' | 'destination' | 'ttl'>,
): CheckId | undefined {
  const { source, destination, ttl } = packet;
  const plain = { ah: false, signed: false, addressesKnown: false, authenticate: () => undefined };
  return judgeLocal(advert, receiver, { source, destination, ttl, ...plain });
}

export class Advertised {
  readonly virtual: number;
  /** Index of the router that sent it. */
  readonly from: number;
  readonly source: IpAddress;
  /** The bytes that were judged. */
  readonly message: Uint8Array;
  /** As in the packet. */
  readonly priority: number;
  readonly interval: Micros;
  /** Undefined: a check that does not depend on the receiver refuses it. */
  readonly content: Advert | undefined;
  private readonly sent: Extract<VrrpEffect, { kind: 'send' }>;
  /** By receiver: its state when it checked the advert, and the result. */
  private readonly judges: (LocalRouter | undefined)[];
  private readonly outcomes: ('accepted' | CheckId)[];

  constructor(from: number, virtual: number, receivers: number, sent: Advertised['sent']) {
    const judged = judgePacket(sent);
    this.virtual = virtual;
    this.from = from;
    this.sent = sent;
    this.source = sent.source;
    this.message = sent.message;
    this.content = judged.ok ? judged.advert : undefined;
    this.priority = judged.ok ? judged.advert.priority : sent.priority;
    this.interval = judged.ok ? judged.advert.interval : micros(0);
    this.judges = new Array<LocalRouter | undefined>(receivers).fill(undefined);
    this.outcomes = new Array<'accepted' | CheckId>(receivers).fill('accepted');
  }

  /** Whether it passes the checks of this receiver, or which of them it fails. */
  outcomeAt(receiver: number, instance: InstanceState): 'accepted' | CheckId {
    // A process that has started or was reconfigured checks again.
    if (this.judges[receiver] !== instance.local) {
      this.judges[receiver] = instance.local;
      this.outcomes[receiver] = this.judge(instance);
    }
    return this.outcomes[receiver] ?? 'accepted';
  }

  private judge(instance: InstanceState): 'accepted' | CheckId {
    const { content, sent } = this;
    if (content === undefined) return 'checksum';
    if (content.vrid !== instance.config.vrid) return 'vrid';
    return failedAt(content, instance.local, sent) ?? 'accepted';
  }

  /** As a socket delivers it. */
  packet(): Extract<VrrpInput, { kind: 'packet' }> {
    const { source, destination, ttl, message } = this.sent;
    return { kind: 'packet', interface: INTERFACE, family: 4, source, destination, ttl, message };
  }
}
