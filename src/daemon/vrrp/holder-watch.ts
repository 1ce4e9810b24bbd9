/**
 * Finds other hosts that answer for the addresses of an Active: a host that was given one by mistake, or a router whose
 * process died while its kernel kept the address. Asks shortly after a takeover, which it must not delay, and
 * periodically while Active. Only reports: which of the two is right, only people know.
 */
import type { VrrpInstanceConfig } from '../../engine/core/config.ts';
import { messageOf } from '../../errors.ts';
import { type AnswerSocket, openAnswers } from '../../linux/answer-socket.ts';
import { monotonicNow } from '../../linux/clock.ts';
import type { AddressInfo, LinkInfo } from '../../linux/netlink-decode.ts';
import { openPacketSocket, type PacketSocket } from '../../linux/packet-socket.ts';
import { family, type IpAddress, isLinkLocal, type Mac } from '../../net/address.ts';
import { answerIn, arpProbe, solicitation } from '../../net/address-probe.ts';
import type { Instant } from '../../time.ts';
import type { Log } from '../log.ts';
import type { EventWriter } from '../status/event-line.ts';
import { addressesOf, interfaceOf } from './socket-needs.ts';

/** By then an Active of lower priority has released its addresses. */
const FIRST_MS = 500;
const EVERY_MS = 30_000;
/** How long answers are collected. */
const ANSWER_MS = 250;

export interface Holder {
  readonly instance: string;
  readonly address: IpAddress;
  readonly mac: Mac;
  readonly seenAt: Instant;
}

export interface HolderSources {
  readonly kernel: () => {
    readonly links: readonly LinkInfo[];
    readonly addresses: readonly AddressInfo[];
  };
  readonly events: EventWriter;
  readonly log: Log;
}

export class HolderWatch {
  private readonly sources: HolderSources;
  private readonly active = new Map<string, VrrpInstanceConfig>();
  /** By address and MAC. */
  private readonly holders = new Map<string, Holder>();
  private timer: NodeJS.Timeout | undefined;
  /** When the next round is due, on the clock of performance.now(). */
  private dueAt: number | undefined;
  /** Open while answers are collected. */
  private answers: AnswerSocket | undefined;
  private packets: PacketSocket | undefined;

  constructor(sources: HolderSources) {
    this.sources = sources;
  }

  /** An instance has taken its addresses. */
  taken(config: VrrpInstanceConfig): void {
    this.active.set(config.name, config);
    this.askIn(FIRST_MS);
  }

  /** `gone`: the addresses that it releases, all of them or those that a reload removes. */
  givenUp(instance: string, gone: VrrpInstanceConfig): void {
    const left = addressesOf(gone).map(({ address }) => address);
    for (const [key, holder] of this.holders)
      if (holder.instance === instance && left.includes(holder.address)) this.holders.delete(key);
    const held = this.active.get(instance);
    const all = held === undefined ? [] : addressesOf(held);
    const rest = all.filter(({ address }) => !left.includes(address));
    if (rest.length === 0) this.active.delete(instance);
    else this.active.set(instance, { ...gone, addresses: rest, excluded: [] });
  }

  known(): readonly Holder[] {
    return [...this.holders.values()];
  }

  close(): void {
    clearTimeout(this.timer);
    this.answers?.close();
    this.packets?.close();
  }

  /** Never postpones a round that is due; a round follows the one whose answers are being collected. */
  private askIn(ms: number): void {
    const at = performance.now() + ms;
    if (this.dueAt !== undefined && this.dueAt <= at) return;
    this.dueAt = at;
    if (this.answers === undefined) this.arm();
  }

  private arm(): void {
    clearTimeout(this.timer);
    const ms = Math.max(0, (this.dueAt ?? 0) - performance.now());
    this.timer = setTimeout(() => this.ask(), ms);
  }

  private ask(): void {
    this.dueAt = undefined;
    if (this.active.size === 0) return;
    this.askIn(EVERY_MS);
    try {
      this.answers = openAnswers();
      this.send();
    } catch (error) {
      // Without CAP_NET_RAW nothing else works either, and is reported there.
      this.sources.log.detail(`nobody was asked for the virtual addresses: ${messageOf(error)}`);
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.judge(), ANSWER_MS);
  }

  private send(): void {
    this.packets ??= openPacketSocket();
    const { links } = this.sources.kernel();
    const named = new Map(links.map((link) => [link.name, link]));
    const own = this.ownAddresses();
    for (const config of this.active.values()) {
      for (const vip of addressesOf(config)) {
        const link = named.get(interfaceOf(config, vip));
        if (link === undefined) continue;
        if (family(vip.address) === 4) {
          this.packets.send(link.ifindex, arpProbe(vip.address, link.mac));
          continue;
        }
        // A vmac has no address of its own to ask from, so its base interface asks.
        const asker = own.has(link.ifindex) ? link : named.get(vip.interface ?? config.interface);
        const address = own.get(asker?.ifindex ?? 0);
        if (asker !== undefined && address !== undefined)
          this.packets.send(asker.ifindex, solicitation(vip.address, { address, mac: asker.mac }));
      }
    }
  }

  /** By interface: a link-local address that is not a virtual address. */
  private ownAddresses(): ReadonlyMap<number, IpAddress> {
    const virtual = new Set(
      [...this.active.values()].flatMap(addressesOf).map(({ address }) => address),
    );
    const own = this.sources
      .kernel()
      .addresses.filter(
        ({ address, tentative }) =>
          family(address) === 6 && isLinkLocal(address) && !tentative && !virtual.has(address),
      );
    return new Map(own.map(({ ifindex, address }) => [ifindex, address]));
  }

  private judge(): void {
    const frames = this.answers?.read() ?? [];
    this.answers?.close();
    this.answers = undefined;
    this.arm();
    const ours = new Set(this.sources.kernel().links.map(({ mac }) => mac));
    const seen = new Set<string>();
    for (const frame of frames) {
      const answer = answerIn(frame);
      if (answer === undefined || ours.has(answer.mac)) continue;
      const { address, mac } = answer;
      const instance = [...this.active.values()].find((config) =>
        addressesOf(config).some((other) => other.address === address),
      )?.name;
      if (instance === undefined) continue;
      seen.add(`${address} ${mac}`);
      this.found({ instance, address, mac, seenAt: monotonicNow() });
    }
    for (const [key, { instance, address, mac }] of this.holders) {
      if (seen.has(key)) continue;
      this.holders.delete(key);
      this.sources.log.info(`${instance}: ${mac} no longer answers for ${address}`);
    }
  }

  private found(holder: Holder): void {
    const { instance, address, mac, seenAt } = holder;
    const key = `${address} ${mac}`;
    if (!this.holders.has(key)) {
      this.sources.log.error(
        `${instance}: ${address} is held by somebody else, too: ${mac} answers for it`,
      );
      this.sources.events.write('held', { instance, address, mac }, seenAt);
    }
    this.holders.set(key, holder);
  }
}
