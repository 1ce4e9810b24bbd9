/** The state of the vrrp machine for `halabd status` and SNMP: states and reasons, peers, counters. */
import { type Instant, micros } from '../../time.ts';
import type { InstanceState } from './instance-state.ts';
import { assessment } from './problem.ts';
import type { RouterState } from './router-state.ts';
import { downInterval } from './timers.ts';

export type RouterStatus = ReturnType<typeof describeRouter>;
export type InstanceStatus = RouterStatus['instances'][number];

export function describeRouter(state: RouterState, now: Instant) {
  return {
    instances: state.instances.map((instance) => describeInstance(instance, now)),
    syncGroups: state.groups.map(({ config, name, members }) => ({
      name: config.name,
      state: name,
      members: members.map((member) => member.config.name),
    })),
    scripts: state.scripts.map(({ config, check }) => ({
      name: config.name,
      /** null: has not ended yet. */
      up: check.up ?? null,
      /** Results in a row that contradict `up`. */
      contrary: check.contrary,
      running: check.flight !== 'none',
      skipped: check.skipped,
    })),
  };
}

function describeInstance(state: InstanceState, now: Instant) {
  const { config, tally } = state;
  const retryAt = state.deadlines.retry;
  return {
    name: config.name,
    state: state.name,
    /** Why it is in this state: which packet, timer, interface or tracked object. */
    why: state.why,
    since_us: micros(now - state.since),
    transitions: state.transitions,
    /** How often it became Active, why the last time, and the adverts of priority 0 it sent. */
    became_active: tally.becameActive,
    active_reason: tally.activeReason ?? null,
    resignations_sent: tally.resignationsSent,
    /** Since it left INIT or FAULT; null while in one of them. */
    up_us: tally.upSince === undefined ? null : micros(now - tally.upSince),
    /** The Active as far as it knows. */
    active: state.active ?? null,
    interface: config.interface,
    vrid: config.vrid,
    version: config.version,
    priority: { configured: config.priority, effective: state.priority },
    /** Time since its last sent advert if sending fails; null: the last one was sent. */
    unheard_us: state.silentSince === undefined ? null : micros(now - state.silentSince),
    /** Time to the next try to leave FAULT; null: none is planned. */
    retry_in_us: retryAt === undefined ? null : micros(retryAt - now),
    /** Tracked objects that move the priority. */
    tracked: assessment(state).because,
    source: state.source ?? null,
    addresses: config.addresses.map(({ address, length }) => `${address}/${length}`),
    advert_interval_us: config.advertInterval,
    active_down_interval_us: downInterval(state),
    /** `max_advert_int`: no longer interval is learnt; null: any is. */
    max_advert_interval_us: config.maxAdvertInterval ?? null,
    peers: [...state.peers].map(([address, peer]) => ({
      address,
      priority: peer.priority ?? null,
      interval_us: peer.interval ?? null,
      addresses: peer.addresses,
      /** Since its last packet. */
      last_ago_us: micros(now - peer.lastAt),
      adverts: peer.adverts,
      resignations: peer.resignations,
      /** Refused packets by receive check. */
      refused: { ...peer.refused } as Readonly<Record<string, number>>,
    })),
  };
}
