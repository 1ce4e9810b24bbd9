/**
 * The packet filter. With Accept_Mode false (keepalived `no_accept`) packets to a virtual address are dropped, except
 * Neighbor Solicitations and Advertisements (RFC 9568 6.4.3). A vmac sends no packets of the kernel's own (group
 * reports, router solicitations), from which a switch would learn the virtual MAC at a Backup. One nftables table, in
 * place for the life of the process, so that a takeover does not change it.
 */
import { spawnSync } from 'node:child_process';
import type { VrrpInstanceConfig } from '../../engine/core/config.ts';
import { type Nftables, openNftables } from '../../linux/nftables.ts';
import { vmacsOf } from './vmac.ts';

const TABLE = 'inet halabd';

/** Opened with the first rules. */
let library: { readonly nft: Nftables | undefined } | undefined;

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

/** Loads the rules in one transaction. Answers why it failed, or undefined. */
export function installFilter(rules: string): string | undefined {
  const failed = run(rules);
  if (failed === undefined) return undefined;
  return 'refusal' in failed
    ? `nft refused the rules: ${failed.refusal}`
    : `the packet filter needs nftables: ${failed.missing}`;
}

export function removeFilter(): void {
  run(`table ${TABLE}\ndelete table ${TABLE}\n`);
}

type Failed = { readonly refusal: string } | { readonly missing: string };

/** By the library if it is installed: a process would delay adverts during a reload by 20 ms and more. */
function run(commands: string): Failed | undefined {
  library ??= { nft: openNftables() };
  if (library.nft !== undefined) {
    const refusal = library.nft.run(commands);
    return refusal === undefined ? undefined : { refusal: refusal };
  }
  const program = spawnSync('nft', ['-f', '-'], {
    input: commands,
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (program.error !== undefined) return { missing: program.error.message };
  return program.status === 0 ? undefined : { refusal: program.stderr.trim() };
}
