/**
 * The cluster that is explored: real instances of the engine with real configurations, and the real packets they
 * send, encoded and put through every receive check once, here; the search reuses the results.
 */

import {
  FEATURE_DEFAULTS,
  type VrrpInstanceConfig,
  type VrrpProfile,
} from '../../engine/core/config.ts';
import { sendAdvert } from '../../engine/vrrp/adverts.ts';
import { interfaceChanged } from '../../engine/vrrp/instance.ts';
import { type InstanceState, initialState } from '../../engine/vrrp/instance-state.ts';
import type { InterfaceStatus } from '../../engine/vrrp/io.ts';
import { newContext } from '../../engine/vrrp/tracking.ts';
import { invariant } from '../../errors.ts';
import { type IpAddress, ip } from '../../net/address.ts';
import { judgePacket, type ReceivedPacket } from '../../net/receive-checks.ts';
import type { Advert } from '../../net/vrrp-packet.ts';
import { failedAt } from '../../sim/election/advertised.ts';
import { configOf as simulatedConfig } from '../../sim/election/profile.ts';
import { instant, type Micros, micros } from '../../time.ts';
import type { Budgets } from './budget.ts';

/** One router, in ticks. */
export interface MemberSpec {
  /** 1..255. */
  readonly priority: number;
  /** Advertisement_Interval, in ticks. */
  readonly interval: number;
  readonly preempt: boolean;
}

/** How many ticks an advert takes: at least one, so that nothing sent in a tick arrives in it. */
export interface DelaySpec {
  readonly least: number;
  readonly most: number;
}

export interface ClusterSpec {
  readonly profile: VrrpProfile;
  readonly routers: readonly MemberSpec[];
  /** The grain of time. Skew_Time of every router is a whole number of them. */
  readonly tick: Micros;
  readonly delay: DelaySpec;
  readonly budgets: Budgets;
}

export interface Member {
  readonly spec: MemberSpec;
  readonly address: IpAddress;
  /** The state of a new process: its interface is known, the engine is not started. */
  readonly fresh: () => InstanceState;
  /** The packets it sends while it is Active, and when it leaves. */
  readonly advert: Advert;
  readonly resignation: Advert;
}

export interface Cluster {
  readonly spec: ClusterSpec;
  readonly members: readonly Member[];
  readonly addresses: readonly IpAddress[];
  readonly statuses: readonly InterfaceStatus[];
  /** `[from][to]`: adverts of `from` pass every receive check of `to`. */
  readonly accepts: readonly (readonly boolean[])[];
}

export function clusterOf(spec: ClusterSpec): Cluster {
  const members = spec.routers.map((member, i) => {
    const config = configOf(member, spec);
    const address = ip(`10.99.0.${i + 1}`);
    const status = { name: 'lan', up: true, primary4: address, primary6: undefined };
    const fresh = (): InstanceState => {
      const state = initialState(config, newContext());
      interfaceChanged(state, status, instant(0), () => true, false);
      return state;
    };
    const state = fresh();
    const packets = { advert: sentBy(state, state.priority), resignation: sentBy(state, 0) };
    const advert = advertIn(packets.advert);
    const resignation = advertIn(packets.resignation);
    return { spec: member, address, status, fresh, advert, resignation, packets };
  });
  const accepts = members.map(({ packets }) =>
    members.map(
      ({ fresh }) => accepted(packets.advert, fresh()) && accepted(packets.resignation, fresh()),
    ),
  );
  const addresses = members.map(({ address }) => address);
  return { spec, members, addresses, statuses: members.map(({ status }) => status), accepts };
}

/** Announcements do not affect elections, and their timers would only multiply the states. */
const NO_ANNOUNCEMENTS = {
  ...FEATURE_DEFAULTS.garp,
  delay: micros(0),
  lowerPrioDelay: micros(0),
  lowerPrioRepeat: 0,
};

function configOf(member: MemberSpec, { profile, tick }: ClusterSpec): VrrpInstanceConfig {
  const { priority, preempt } = member;
  const interval = micros(member.interval * tick);
  const router = { priority, interval, preempt, preemptDelay: micros(0), start: micros(0), ppm: 0 };
  const config = simulatedConfig({ profile, virtuals: 1, check: undefined }, router).instances[0];
  invariant(config !== undefined, 'a configuration of one virtual router');
  const { lowerPrioNoAdvert } = FEATURE_DEFAULTS;
  return { ...config, garp: NO_ANNOUNCEMENTS, lowerPrioNoAdvert };
}

/** The packet that a router sends with this priority, from the engine itself. */
function sentBy(state: InstanceState, priority: number): ReceivedPacket {
  let packet: ReceivedPacket | undefined;
  sendAdvert(state, priority, instant(0), (effect) => {
    if (effect.kind === 'send') packet = effect;
    return true;
  });
  invariant(packet !== undefined, 'a router with a source address can send');
  return packet;
}

function advertIn(packet: ReceivedPacket): Advert {
  const judged = judgePacket(packet);
  invariant(judged.ok, 'the engine sends nothing that its own receive checks refuse');
  return judged.advert;
}

function accepted(packet: ReceivedPacket, { local }: InstanceState): boolean {
  return failedAt(advertIn(packet), local, packet) === undefined;
}
