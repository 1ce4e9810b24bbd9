/** Groups and their instances: existing members, settings inherited from the group, and the initial state. */

import type { GroupDraft, TrackGroupDraft } from '../conf/group.ts';
import type { NotifyDraft } from '../conf/tracking.ts';
import type { VrrpInstanceConfig } from './config.ts';

/** Groups with the members that exist and are in no other; those without any are removed. */
export function withMembers(
  groups: readonly GroupDraft[],
  instances: readonly Pick<VrrpInstanceConfig, 'name'>[],
): GroupDraft[] {
  const taken = new Set<string>();
  return groups.flatMap((group) => {
    const members = group.members.filter((member) => {
      const known = instances.some(({ name }) => name === member.text);
      if (!known) member.warning(`there is no vrrp_instance "${member.text}": ignored`);
      else if (taken.has(member.text))
        member.warning(`"${member.text}" is in a sync group already: ignored`);
      const joins = known && !taken.has(member.text);
      if (joins) taken.add(member.text);
      return joins;
    });
    if (members.length === 0)
      group.at.warning(`vrrp_sync_group "${group.name}" has no members: it is removed`);
    if (members.length === 1)
      group.at.warning(`sync group "${group.name}" has one member: it binds nothing`);
    return members.length === 0 ? [] : [{ ...group, members }];
  });
}

/** A member without `notify_priority_changes` inherits it from its group. */
export function withGroupNotify(
  instances: readonly VrrpInstanceConfig[],
  drafts: readonly { readonly notify: NotifyDraft }[],
  groups: readonly GroupDraft[],
): VrrpInstanceConfig[] {
  return instances.map((one, i) => {
    const group = groups.find(({ members }) => members.some(({ text }) => text === one.name));
    const priorityChanges = group?.notify.priorityChanges;
    if (priorityChanges === undefined || drafts[i]?.notify.priorityChanges !== undefined)
      return one;
    return { ...one, notify: { ...one.notify, priorityChanges } };
  });
}

/**
 * A group starts as Active only if every member is an owner that wants to; otherwise all start as Backup,
 * and their priorities decide.
 */
export function startTogether(
  instances: readonly VrrpInstanceConfig[],
  groups: readonly GroupDraft[],
): VrrpInstanceConfig[] {
  const waiting = new Set<string>();
  for (const { members } of groups) {
    const names = new Set(members.map(({ text }) => text));
    const own = instances.filter(({ name }) => names.has(name));
    if (own.some(({ state, priority }) => state === 'BACKUP' || priority !== 255))
      for (const { name } of own) waiting.add(name);
  }
  return instances.map((one) => (waiting.has(one.name) ? { ...one, state: 'BACKUP' } : one));
}

/** The instances with the names of their groups. */
export function joinTrackGroups(
  groups: readonly TrackGroupDraft[],
  instances: readonly VrrpInstanceConfig[],
): VrrpInstanceConfig[] {
  for (const { members } of groups)
    for (const member of members)
      if (!instances.some(({ name }) => name === member.text))
        member.warning(`there is no vrrp_instance "${member.text}": ignored`);
  return instances.map((one) => {
    const mine = groups.filter(({ members }) => members.some(({ text }) => text === one.name));
    return mine.length === 0
      ? one
      : { ...one, trackGroups: [...new Set(mine.map(({ name }) => name))].sort() };
  });
}
