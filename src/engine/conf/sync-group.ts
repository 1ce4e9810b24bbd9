/** `vrrp_sync_group`. */

import type { VrrpInstanceConfig } from '../core/config.ts';
import { type Findings, unsupported } from './findings.ts';
import type { Token } from './lexer.ts';
import { type NotifyDraft, readNotify } from './notify.ts';
import { type Known, readTracks, type Tracks } from './tracking.ts';
import type { Statement } from './tree.ts';
import { UNSUPPORTED_GROUP } from './unsupported.ts';

export interface GroupDraft {
  readonly at: Token;
  readonly name: string;
  readonly notify: NotifyDraft;
  readonly tracks: Tracks;
  members: readonly Token[];
  memberWeights: boolean;
}

export function readGroup(statement: Statement, known: Known, findings: Findings): GroupDraft {
  const draft: GroupDraft = {
    at: statement.keyword,
    name: statement.values[0]?.text ?? '',
    members: [],
    notify: {},
    tracks: { trackInterfaces: [], tracks: [] },
    memberWeights: false,
  };
  for (const inner of statement.block ?? []) {
    const { keyword } = inner;
    if (keyword.text === 'group') {
      if (draft.members.length > 0) findings.warning(keyword, 'a second group { } is ignored');
      else draft.members = (inner.block ?? []).flatMap((one) => [one.keyword, ...one.values]);
    } else if (keyword.text === 'sync_group_tracking_weight') draft.memberWeights = true;
    else if (readTracks(inner, draft.tracks, known, findings)) continue;
    else if (readNotify(draft.notify, inner, findings)) continue;
    else {
      draft.memberWeights ||= keyword.text === 'global_tracking';
      unsupported(keyword, UNSUPPORTED_GROUP, findings);
    }
  }
  return draft;
}

/** Groups with the members that exist and are in no other; those without any are removed. */
export function withMembers(
  groups: readonly GroupDraft[],
  instances: readonly Pick<VrrpInstanceConfig, 'name'>[],
  findings: Findings,
): GroupDraft[] {
  const taken = new Set<string>();
  return groups.flatMap((group) => {
    const members = group.members.filter((member) => {
      const known = instances.some(({ name }) => name === member.text);
      if (!known) findings.warning(member, `there is no vrrp_instance "${member.text}": ignored`);
      else if (taken.has(member.text))
        findings.warning(member, `"${member.text}" is in a sync group already: ignored`);
      const joins = known && !taken.has(member.text);
      if (joins) taken.add(member.text);
      return joins;
    });
    if (members.length === 0)
      findings.warning(group.at, `vrrp_sync_group "${group.name}" has no members: it is removed`);
    if (members.length === 1)
      findings.warning(group.at, `sync group "${group.name}" has one member: it binds nothing`);
    return members.length === 0 ? [] : [{ ...group, members }];
  });
}

/** A member without a `notify_priority_changes` of its own has that of its group. */
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
