/** What keywords about announcements have in common, and `garp_group`. */

import type { GarpGroup } from '../core/config-track.ts';
import { whole } from './codec.ts';
import type { Findings } from './findings.ts';
import type { Codec } from './keyword.ts';
import type { Statement } from './tree.ts';
import { integer, interfaceName, timer } from './values.ts';

/** Seconds between two announcements; what keepalived can hold. */
export const LONGEST_GARP_INTERVAL = 2_147;

/** More would only be a flood. */
export const MOST_REPEATS = 255;
/** Seconds; what a timer of the engine can hold. */
export const LONGEST_REFRESH = 4_294_967_295;

/** keepalived: 0 becomes 1. */
export const REPEATS: Codec<number> = {
  ...whole(0, MOST_REPEATS),
  read: (statement, findings) => {
    const value = integer(statement, 0, MOST_REPEATS, findings);
    if (value === 0) findings.warning(statement.keyword, `${statement.keyword.text} is at least 1`);
    return value === undefined ? undefined : Math.max(1, value);
  },
};

/** As a reader of its own, for `vrrp_instance`. */
export function repeats(statement: Statement, findings: Findings): number | undefined {
  return REPEATS.read(statement, findings, undefined);
}

/** Undefined: without an interval it says nothing. */
export function readGarpGroup(
  { keyword, block }: Statement,
  findings: Findings,
): GarpGroup | undefined {
  const group: { -readonly [K in keyof GarpGroup]: GarpGroup[K] } & { interfaces: string[] } = {
    interfaces: [],
    garpInterval: undefined,
    gnaInterval: undefined,
  };
  for (const inner of block ?? []) readGroupKeyword(group, inner, findings);
  if (group.garpInterval !== undefined || group.gnaInterval !== undefined) return group;
  findings.warning(keyword, 'garp_group without garp_interval or gna_interval is removed');
  return undefined;
}

function readGroupKeyword(
  group: { -readonly [K in keyof GarpGroup]: GarpGroup[K] } & { interfaces: string[] },
  inner: Statement,
  findings: Findings,
): void {
  const { keyword, values } = inner;
  if (keyword.text === 'garp_interval')
    group.garpInterval = timer(inner, 0, LONGEST_GARP_INTERVAL, findings) ?? group.garpInterval;
  else if (keyword.text === 'gna_interval')
    group.gnaInterval = timer(inner, 0, LONGEST_GARP_INTERVAL, findings) ?? group.gnaInterval;
  else
    for (const token of keyword.text === 'interfaces' ? linesOf(inner) : [values[0]]) {
      const name = interfaceName(token, keyword, findings);
      if (name !== undefined) group.interfaces.push(name);
    }
}

function linesOf({ block }: Statement) {
  return (block ?? []).flatMap(({ keyword, values }) => [keyword, ...values]);
}

/** An interface has one pace, that of its first group. */
export function checkGarpGroups(
  groups: readonly GarpGroup[],
  statements: readonly Statement[],
  findings: Findings,
): void {
  const at = statements.find(({ keyword }) => keyword.text === 'garp_group')?.keyword;
  const taken = new Set<string>();
  for (const name of groups.flatMap(({ interfaces }) => interfaces)) {
    if (at !== undefined && taken.has(name))
      findings.warning(at, `interface ${name} is in a garp_group already: the first one counts`);
    taken.add(name);
  }
}
