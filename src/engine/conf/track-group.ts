/** `track_group`: instances that cannot do without certain static addresses, routes and rules. */

import type { Track, VrrpInstanceConfig } from '../core/config.ts';
import type { StaticConfig } from '../core/config-track.ts';
import type { Findings } from './findings.ts';
import type { Token } from './lexer.ts';
import type { Statement } from './tree.ts';

export interface TrackGroupDraft {
  readonly name: string;
  readonly members: readonly Token[];
}

export function readTrackGroup(
  { keyword, values, block }: Statement,
  findings: Findings,
): TrackGroupDraft {
  let members: Token[] = [];
  for (const inner of block ?? []) {
    if (members.length > 0) findings.warning(inner.keyword, 'a second group { } is ignored');
    else members = (inner.block ?? []).flatMap((one) => [one.keyword, ...one.values]);
  }
  if (members.length === 0) findings.warning(keyword, 'this track_group has no members');
  return { name: values[0]?.text ?? '', members };
}

/** The instances with the names of their groups. */
export function joinTrackGroups(
  groups: readonly TrackGroupDraft[],
  instances: readonly VrrpInstanceConfig[],
  findings: Findings,
): VrrpInstanceConfig[] {
  for (const { members } of groups)
    for (const member of members)
      if (!instances.some(({ name }) => name === member.text))
        findings.warning(member, `there is no vrrp_instance "${member.text}": ignored`);
  return instances.map((one) => {
    const mine = groups.filter(({ members }) => members.some(({ text }) => text === one.name));
    return mine.length === 0
      ? one
      : { ...one, trackGroups: [...new Set(mine.map(({ name }) => name))].sort() };
  });
}

/** Every `track_group` that something static names. */
export function groupNames({ addresses, routes, rules }: StaticConfig): string[] {
  const all: { readonly track?: Track }[] = [...addresses, ...routes, ...rules];
  return [...new Set(all.flatMap(({ track }) => (track?.kind === 'group' ? [track.name] : [])))];
}
