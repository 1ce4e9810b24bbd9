/**
 * keepalived `vrrp_garp_interval`, `vrrp_gna_interval` and `garp_group`: announcements are sent one
 * by one for switches that drop bursts. Waiting announcements are queued in the state, so nothing blocks or is
 * lost: a lane (an interface and family, or a group of interfaces) sends the head of its queue at its deadline.
 */
import { family, type IpAddress } from '../../net/address.ts';
import { type Instant, instant, type Micros, milliseconds, plus, sooner } from '../../time.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../core/config.ts';
import type { VirtualAddress } from '../core/config-address.ts';
import type { Emit, VrrpEffect } from './io.ts';

interface Waiting {
  readonly instance: string;
  config: VrrpInstanceConfig;
  readonly address: VirtualAddress;
  /** Announcements still to be sent. */
  left: number;
}

interface Lane {
  readonly queue: Waiting[];
  /** Earliest time of the next one. */
  nextAt: Instant;
}

/** By lane: `lan/4`. */
export type Pacing = Map<string, Lane>;

/** Hosts wake the machine with a resolution of 1 ms: shorter intervals hold on average. */
const GRAIN = milliseconds(1);

/** Wraps `emit` so that announcements are paced; returns `emit` itself if no interval is configured. */
export function paced(pacing: Pacing, config: DaemonConfig, now: Instant, emit: Emit): Emit {
  const { garpInterval, gnaInterval } = config.global;
  if (garpInterval + gnaInterval === 0 && config.garpGroups.length === 0 && pacing.size === 0)
    return emit;
  return (effect) => {
    if (effect.kind === 'withdraw') forget(pacing, effect);
    if (effect.kind !== 'announce') return emit(effect);
    for (const address of [...effect.config.addresses, ...effect.config.excluded]) {
      const { key, interval } = laneOf(config, effect.config, address);
      if (interval === 0) emit(single(effect.instance, effect.config, address, effect.repeat));
      else enqueue(laneAt(pacing, key, now), effect, address);
    }
    sendDue(pacing, config, now, emit);
    return true;
  };
}

/** Sends the head of every lane whose deadline has come. */
export function sendDue(pacing: Pacing, config: DaemonConfig, now: Instant, emit: Emit): void {
  for (const [key, lane] of pacing) {
    for (let head = lane.queue[0]; head !== undefined && lane.nextAt <= now; head = lane.queue[0]) {
      lane.queue.shift();
      emit(single(head.instance, head.config, head.address, 1));
      if (--head.left > 0) lane.queue.push(head);
      const { interval } = laneOf(config, head.config, head.address);
      lane.nextAt = interval >= GRAIN ? plus(now, interval) : later(lane.nextAt, interval, now);
    }
    if (lane.queue.length === 0 && lane.nextAt <= now) pacing.delete(key);
  }
}

export function nextPacingDeadline(pacing: Pacing): Instant | undefined {
  let next: Instant | undefined;
  for (const { nextAt } of pacing.values()) next = sooner(next, nextAt);
  return next;
}

/** Drops announcements of addresses that the instance no longer holds. */
function forget(
  pacing: Pacing,
  { instance, config }: Extract<VrrpEffect, { kind: 'withdraw' }>,
): void {
  const gone = new Set<IpAddress>(
    [...config.addresses, ...config.excluded].map(({ address }) => address),
  );
  for (const { queue } of pacing.values()) {
    const kept = queue.filter(
      (item) => item.instance !== instance || !gone.has(item.address.address),
    );
    queue.splice(0, queue.length, ...kept);
  }
}

function laneAt(pacing: Pacing, key: string, now: Instant): Lane {
  const lane = pacing.get(key) ?? { queue: [], nextAt: now };
  pacing.set(key, lane);
  return lane;
}

/** An address that already waits is sent as often as the larger of the two repeats, not as their sum. */
function enqueue(
  lane: Lane,
  { instance, config, repeat }: Extract<VrrpEffect, { kind: 'announce' }>,
  address: VirtualAddress,
): void {
  if (repeat === 0) return;
  const known = lane.queue.find(
    (item) => item.instance === instance && item.address.address === address.address,
  );
  if (known === undefined) lane.queue.push({ instance, config, address, left: repeat });
  else Object.assign(known, { config, left: Math.max(known.left, repeat) });
}

/** A vmac counts as the interface below it. */
function laneOf(
  { global, garpGroups }: DaemonConfig,
  instance: VrrpInstanceConfig,
  { address, interface: named }: VirtualAddress,
): { key: string; interval: Micros } {
  const on = named ?? instance.interface;
  const four = family(address) === 4;
  const at = garpGroups.findIndex(({ interfaces }) => interfaces.includes(on));
  const group = garpGroups[at];
  const own = four ? group?.garpInterval : group?.gnaInterval;
  const interval = own ?? (four ? global.garpInterval : global.gnaInterval);
  return { key: `${group === undefined ? on : at}/${four ? 4 : 6}`, interval };
}

function later(last: Instant, interval: Micros, now: Instant): Instant {
  return instant(Math.max(plus(last, interval), now - GRAIN));
}

function single(
  instance: string,
  config: VrrpInstanceConfig,
  address: VirtualAddress,
  repeat: number,
): Extract<VrrpEffect, { kind: 'announce' }> {
  const only = { ...config, addresses: [address], excluded: [] };
  return { kind: 'announce', instance, config: only, repeat };
}
