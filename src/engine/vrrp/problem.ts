/** What keeps a virtual router in FAULT: its interface, its source address, a tracked object, its group. */
import type { InstanceState } from './instance-state.ts';
import { othersOf } from './sync-group.ts';
import { type Assessment, assess, awaitedBy } from './tracking.ts';
import type { Why } from './transition.ts';

/** Undefined: no problem; the router may run. */
export function problemOf(state: InstanceState): Why | undefined {
  const own = ownProblem(state);
  if (own !== undefined) return own;
  for (const other of othersOf(state)) {
    const cause = ownProblem(other);
    if (cause !== undefined) {
      const detail = `${other.config.name} of its sync group: ${cause.detail}`;
      return { reason: 'sync-group', detail };
    }
  }
  return undefined;
}

/** The tracked object whose first result it, or another member of its group, waits for; undefined: none. */
export function pendingOf(state: InstanceState): string | undefined {
  const { group, context, config } = state;
  const members = group === undefined ? [config] : group.members.map((member) => member.config);
  for (const tracks of group === undefined ? members : [...members, group.config]) {
    const awaited = awaitedBy(tracks, context);
    if (awaited !== undefined) return awaited;
  }
  return undefined;
}

function ownProblem(state: InstanceState): Why | undefined {
  const { config, status } = state;
  const { interface: name } = config;
  if (status === undefined)
    return { reason: 'interface-down', detail: `interface ${name} is not there` };
  if (!status.up && config.trackPrimary)
    return { reason: 'interface-down', detail: status.problem ?? `interface ${name} is down` };
  // The host reported it as missing or down: the router can neither receive nor send.
  if (config.vmac !== undefined && state.context.links.get(config.vmac.interface) === false)
    return {
      reason: 'interface-down',
      detail: `its interface ${config.vmac.interface} is not there or is down`,
    };
  if (state.source === undefined) return noSource(state);
  if (config.unicast?.faultNoPeer === true && config.unicast.peers.length === 0)
    return { reason: 'tracked-object', detail: 'there is no unicast peer (unicast_fault_no_peer)' };
  for (const group of config.trackGroups) {
    const missing = state.context.missing.get(group);
    if (missing !== undefined)
      return { reason: 'tracked-object', detail: `track_group ${group}: ${missing} is gone` };
  }
  const { fault } = assessment(state);
  return fault === undefined ? undefined : { reason: 'tracked-object', detail: fault };
}

function noSource({ config, status }: InstanceState): Why {
  const wanted =
    config.source !== undefined
      ? `address ${config.source}`
      : config.family === 4
        ? 'IPv4 address'
        : 'usable link-local IPv6 address';
  const article = config.source === undefined ? 'no' : 'not the';
  return {
    reason: 'no-source-address',
    detail: status?.problem ?? `interface ${config.interface} has ${article} ${wanted}`,
  };
}

/**
 * The effect of tracked objects on an instance: its own and those of its group. keepalived ignores the weights
 * of a member's own trackers unless `sync_group_tracking_weight` is set; an owner is never moved.
 */
export function assessment(state: InstanceState): Assessment {
  const { config, group, context } = state;
  const own = assess(config, context);
  if (group === undefined) return own;
  const shared = assess(group.config, context);
  const counts = group.config.memberWeights;
  return {
    change: shared.change + (counts ? own.change : 0),
    because: [...shared.because, ...(counts ? own.because : [])],
    fault: own.fault ?? shared.fault,
  };
}

/** keepalived: 1..254, and 255 stays 255. */
export function effectivePriority(state: InstanceState): number {
  const { priority } = state.config;
  if (priority === 255) return 255;
  return Math.max(1, Math.min(254, priority + assessment(state).change));
}
