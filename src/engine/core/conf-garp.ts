/** `garp_group`: interfaces that share one pace of announcements. */
import { type Findings, unknownKeyword } from './conf-findings.ts';
import type { Statement } from './conf-tree.ts';
import { interfaceName, timer } from './conf-values.ts';
import type { GarpGroup } from './config-track.ts';

/** Seconds between two announcements; nobody waits longer for one. */
export const LONGEST_GARP_INTERVAL = 60;

export function readGarpGroup({ keyword, block }: Statement, findings: Findings): GarpGroup {
  let garpInterval: GarpGroup['garpInterval'];
  let gnaInterval: GarpGroup['gnaInterval'];
  const interfaces: string[] = [];
  const add = (...args: Parameters<typeof interfaceName>): void => {
    const name = interfaceName(...args);
    if (name !== undefined) interfaces.push(name);
  };
  for (const inner of block ?? []) {
    const { keyword: at, values } = inner;
    if (at.text === 'garp_interval')
      garpInterval = timer(inner, 0, LONGEST_GARP_INTERVAL, findings);
    else if (at.text === 'gna_interval')
      gnaInterval = timer(inner, 0, LONGEST_GARP_INTERVAL, findings);
    else if (at.text === 'interface') add(values[0], at, findings);
    else if (at.text === 'interfaces')
      for (const one of inner.block ?? []) add(one.keyword, at, findings);
    else unknownKeyword(at, ['garp_interval', 'gna_interval', 'interface', 'interfaces'], findings);
  }
  if (block === undefined || interfaces.length === 0)
    findings.error(keyword, 'garp_group needs a block with an interface or interfaces');
  else if (garpInterval === undefined && gnaInterval === undefined)
    findings.warning(keyword, 'garp_group without garp_interval or gna_interval changes nothing');
  return { interfaces, garpInterval, gnaInterval };
}

/** An interface has one pace. */
export function checkGarpGroups(
  groups: readonly GarpGroup[],
  statements: readonly Statement[],
  findings: Findings,
): void {
  const taken = new Set<string>();
  for (const [i, { interfaces }] of groups.entries()) {
    const at = statements[i]?.keyword;
    for (const name of interfaces) {
      if (at !== undefined && taken.has(name))
        findings.error(at, `interface ${name} is in a garp_group already`);
      taken.add(name);
    }
  }
}
