/**
 * Virtual routers that change state together (keepalived `vrrp_sync_group`): if a member is in FAULT, all are; if
 * one is in BACKUP, none is MASTER; they become MASTER when all members are ready to.
 */
import type { SyncGroupConfig } from '../core/config-track.ts';
import type { InstanceState, SyncGroup } from './instance-state.ts';
import type { Emit, VrrpStateName } from './io.ts';

/** The state of a group is the first of these that a member has. */
const WORST: readonly VrrpStateName[] = ['FAULT', 'INIT', 'BACKUP'];

/** Binds the members to their group. `before`: the same group before a reload, whose state it has. */
export function createSyncGroup(
  config: SyncGroupConfig,
  members: readonly InstanceState[],
  before: SyncGroup | undefined,
): SyncGroup {
  const isActive = members.some(({ name }) => name === 'MASTER');
  const others = members.filter(({ name }) => name !== 'MASTER');
  const joins = isActive && before?.name === 'MASTER';
  const name = isActive && others.length === 0 ? 'MASTER' : (before?.name ?? 'INIT');
  const group: SyncGroup = { config, members, joining: new Set(joins ? others : []), name };
  for (const member of members) member.group = group;
  return group;
}

export function othersOf(state: InstanceState): readonly InstanceState[] {
  return state.group?.members.filter((member) => member !== state) ?? [];
}

/** Whether every other member is Active or ready to be. */
export function othersAgree(state: InstanceState): boolean {
  return othersOf(state).every((other) => other.name === 'MASTER' || other.wants);
}

/** Reports the group's state if the change of a member changed it. */
export function noteGroup(state: InstanceState, emit: Emit): void {
  const { group } = state;
  if (group === undefined) return;
  if (state.name === 'MASTER' || state.name === 'FAULT') group.joining.delete(state);
  const counted = group.members.filter((member) => !group.joining.has(member));
  const names = new Set(counted.map(({ name }) => name));
  const to = WORST.find((name) => names.has(name)) ?? 'MASTER';
  if (to !== 'MASTER') group.joining.clear();
  if (to === group.name) return;
  group.name = to;
  emit({ kind: 'group-state', group: group.config.name, to });
}
