/**
 * The packet filter. With Accept_Mode false (keepalived `no_accept`) packets to a virtual address are dropped, except
 * Neighbor Solicitations and Advertisements (RFC 9568 6.4.3). A vmac sends no packets of the kernel's own (group
 * reports, router solicitations), from which a switch would learn the virtual MAC at a Backup. One nftables table, in
 * place for the life of the process, so that a takeover does not change it.
 */
import { spawnSync } from 'node:child_process';
import type { VrrpInstanceConfig } from '../../engine/core/config.ts';
import { nftables } from '../../linux/nftables.ts';
import { vmacsOf } from './vmac.ts';

const TABLE = 'inet halabd';

/** The ruleset, or undefined if nothing is to be dropped. An owner (priority 255) always accepts. */
export function filterRules(instances: readonly VrrpInstanceConfig[]): string | undefined {
  const vmacs = instances.flatMap(vmacsOf).map(({ name }) => `"${name}"`);
  const input = acceptRules(instances);
  if (vmacs.length + input.length === 0) return undefined;
  const quiet = [...new Set(vmacs)].join(', ');
  const output = [
    `oifname { ${quiet} } ip protocol igmp drop`,
    `oifname { ${quiet} } icmpv6 type { mld-listener-report, mld2-listener-report, nd-router-solicit } drop`,
  ];
  const chains = [
    ...(input.length === 0 ? [] : [chain('input', input)]),
    ...(vmacs.length === 0 ? [] : [chain('output', output)]),
  ];
  return `table ${TABLE}\ndelete table ${TABLE}\ntable ${TABLE} {\n${chains.join('')}}\n`;
}

/** Whether no_accept relies on the filter; otherwise only a switch would learn a wrong port. */
export function filterMatters(instances: readonly VrrpInstanceConfig[]): boolean {
  return acceptRules(instances).length > 0;
}

function chain(hook: 'input' | 'output', rules: readonly string[]): string {
  const lines = [`type filter hook ${hook} priority 0;`, ...rules];
  return `  chain ${hook} {\n    ${lines.join('\n    ')}\n  }\n`;
}

function acceptRules(instances: readonly VrrpInstanceConfig[]): string[] {
  const filtered = instances.filter(({ accept, priority }) => !accept && priority !== 255);
  const list = (family: 4 | 6): string =>
    filtered
      .filter((instance) => instance.family === family)
      .flatMap(({ addresses }) => addresses.map(({ address }) => address))
      .join(', ');
  return [
    ...(list(4) === '' ? [] : [`ip daddr { ${list(4)} } drop`]),
    ...(list(6) === ''
      ? []
      : [
          'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
          `ip6 daddr { ${list(6)} } drop`,
        ]),
  ];
}

export function removeFilter(): void {
  installFilter(`table ${TABLE}\ndelete table ${TABLE}\n`);
}

/**
 * Loads the rules in one transaction. Answers why it failed, or undefined. By the library if it is installed: a process
 * would delay adverts during a reload by 20 ms and more.
 */
export function installFilter(rules: string): string | undefined {
  const nft = nftables();
  let refusal = nft?.run(rules);
  if (nft === undefined) {
    const options = { input: rules, encoding: 'utf8', timeout: 10_000 } as const;
    const { error, status, stderr } = spawnSync('nft', ['-f', '-'], options);
    if (error !== undefined) return `the packet filter needs nftables: ${error.message}`;
    refusal = status === 0 ? undefined : stderr.trim();
  }
  return refusal === undefined ? undefined : `nft refused the rules: ${refusal}`;
}
