/** The state of the vrrp machine for `halabd status` and SNMP: states and reasons, peers, counters. */
import type { IpAddress } from '../../net/address.ts';
import { type Instant, type Micros, micros } from '../../time.ts';
import type { InstanceState } from './instance-state.ts';
import type { TransitionReason, VrrpStateName } from './io.ts';
import { assessment } from './problem.ts';
import type { RouterState } from './router-state.ts';
import { downInterval } from './timers.ts';

export interface RouterStatus {
  readonly instances: readonly InstanceStatus[];
  readonly syncGroups: readonly {
    readonly name: string;
    readonly state: VrrpStateName;
    readonly members: readonly string[];
  }[];
  readonly scripts: readonly {
    readonly name: string;
    /** null: has not ended yet. */
    readonly up: boolean | null;
    /** Results in a row that contradict `up`. */
    readonly contrary: number;
    readonly running: boolean;
    readonly skipped: number;
  }[];
}

export interface InstanceStatus {
  readonly name: string;
  readonly state: VrrpStateName;
  /** Why it is in this state: which packet, timer, interface or tracked object. */
  readonly why: string;
  readonly since_us: Micros;
  readonly transitions: number;
  /** How often it became Active, why the last time, and the adverts of priority 0 it sent. */
  readonly became_active: number;
  readonly active_reason: TransitionReason | null;
  readonly resignations_sent: number;
  /** Since it left INIT or FAULT; null while in one of them. */
  readonly up_us: Micros | null;
  /** The Active as far as it knows. */
  readonly active: IpAddress | null;
  readonly interface: string;
  readonly vrid: number;
  readonly version: 2 | 3;
  readonly priority: { readonly configured: number; readonly effective: number };
  /** For how long no advert of its own has gone out; null: the last one did. */
  readonly unheard_us: Micros | null;
  /** Time to the next try to leave FAULT; null: none is planned. */
  readonly retry_in_us: Micros | null;
  /** Tracked objects that move the priority. */
  readonly tracked: readonly string[];
  readonly source: IpAddress | null;
  readonly addresses: readonly string[];
  readonly advert_interval_us: Micros;
  readonly active_down_interval_us: Micros;
  /** `max_advert_int`: no longer interval is learnt; null: any is. */
  readonly max_advert_interval_us: Micros | null;
  readonly peers: readonly PeerStatus[];
}

export interface PeerStatus {
  readonly address: IpAddress;
  readonly priority: number | null;
  readonly interval_us: Micros | null;
  readonly addresses: readonly IpAddress[];
  /** Since its last packet. */
  readonly last_ago_us: Micros;
  readonly adverts: number;
  readonly resignations: number;
  /** Refused packets by receive check. */
  readonly refused: Readonly<Record<string, number>>;
}

export function describeRouter(state: RouterState, now: Instant): RouterStatus {
  return {
    instances: state.instances.map((instance) => describeInstance(instance, now)),
    syncGroups: state.groups.map(({ config, name, members }) => ({
      name: config.name,
      state: name,
      members: members.map((member) => member.config.name),
    })),
    scripts: state.scripts.map(({ config, check }) => ({
      name: config.name,
      up: check.up ?? null,
      contrary: check.contrary,
      running: check.flight !== 'none',
      skipped: check.skipped,
    })),
  };
}

function describeInstance(state: InstanceState, now: Instant): InstanceStatus {
  const { config, tally } = state;
  const retryAt = state.deadlines.retry;
  return {
    name: config.name,
    state: state.name,
    why: state.why,
    since_us: micros(now - state.since),
    transitions: state.transitions,
    became_active: tally.becameActive,
    active_reason: tally.activeReason ?? null,
    resignations_sent: tally.resignationsSent,
    up_us: tally.upSince === undefined ? null : micros(now - tally.upSince),
    active: state.active ?? null,
    interface: config.interface,
    vrid: config.vrid,
    version: config.version,
    priority: { configured: config.priority, effective: state.priority },
    unheard_us: state.silentSince === undefined ? null : micros(now - state.silentSince),
    retry_in_us: retryAt === undefined ? null : micros(retryAt - now),
    tracked: assessment(state).because,
    source: state.source ?? null,
    addresses: config.addresses.map(({ address, length }) => `${address}/${length}`),
    advert_interval_us: config.advertInterval,
    active_down_interval_us: downInterval(state),
    max_advert_interval_us: config.maxAdvertInterval ?? null,
    peers: [...state.peers].map(([address, peer]) => ({
      address,
      priority: peer.priority ?? null,
      interval_us: peer.interval ?? null,
      addresses: peer.addresses,
      last_ago_us: micros(now - peer.lastAt),
      adverts: peer.adverts,
      resignations: peer.resignations,
      refused: { ...peer.refused },
    })),
  };
}
