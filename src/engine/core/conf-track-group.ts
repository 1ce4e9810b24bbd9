/** `track_group`: instances that cannot do without certain static addresses, routes and rules. */
import { type Findings, unknownKeyword } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import { nameOf } from './conf-tracking.ts';
import type { Statement } from './conf-tree.ts';
import type { Track, VrrpInstanceConfig } from './config.ts';
import type { StaticConfig } from './config-track.ts';

export interface TrackGroupDraft {
  readonly name: string;
  readonly members: readonly Token[];
}

export function readTrackGroup(statement: Statement, findings: Findings): TrackGroupDraft {
  const name = nameOf(statement, findings);
  const members: Token[] = [];
  for (const { keyword, values, block } of statement.block ?? []) {
    if (keyword.text === 'group')
      members.push(...values, ...(block ?? []).map((one) => one.keyword));
    else unknownKeyword(keyword, ['group'], findings);
  }
  return { name, members };
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
        findings.error(member, `there is no vrrp_instance "${member.text}"`);
  return instances.map((one) => {
    const mine = groups.filter(({ members }) => members.some(({ text }) => text === one.name));
    return mine.length === 0
      ? one
      : { ...one, trackGroups: [...new Set(mine.map(({ name }) => name))].sort() };
  });
}

/** Where tracking says something that cannot be meant. */
export function checkTracks(
  statements: readonly Statement[],
  statics: StaticConfig,
  groups: readonly TrackGroupDraft[],
  findings: Findings,
): void {
  const named = groupNames(statics);
  for (const name of named) {
    const at = statements.flatMap(({ values }) => values).find(({ text }) => text === name);
    if (at !== undefined && !groups.some((one) => one.name === name))
      findings.error(at, `there is no track_group "${name}"`);
  }
}

/** Every `track_group` that something static names. */
export function groupNames({ addresses, routes, rules }: StaticConfig): string[] {
  const all: { readonly track?: Track }[] = [...addresses, ...routes, ...rules];
  return [...new Set(all.flatMap(({ track }) => (track?.kind === 'group' ? [track.name] : [])))];
}
