/**
 * Accept_Mode false (keepalived `no_accept`): packets to a virtual address are dropped, except what
 * finds it (RFC 9568 6.4.3: never Neighbor Solicitations or Advertisements). One nftables table for the
 * process, in place for its whole life, so that a takeover costs nothing.
 */
import { spawnSync } from 'node:child_process';
import type { VrrpInstanceConfig } from '../engine/core/config.ts';

const TABLE = 'inet halab_no_accept';

/** The ruleset, or undefined if every instance accepts. An owner (priority 255) always does. */
export function acceptRules(instances: readonly VrrpInstanceConfig[]): string | undefined {
  const filtered = instances.filter(({ accept, priority }) => !accept && priority !== 255);
  if (filtered.length === 0) return undefined;
  const list = (family: 4 | 6): string =>
    filtered
      .filter((one) => one.family === family)
      .flatMap(({ addresses }) => addresses.map(({ address }) => address))
      .join(', ');
  const rules = [
    ...(list(4) === '' ? [] : [`ip daddr { ${list(4)} } drop`]),
    ...(list(6) === ''
      ? []
      : [
          'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
          `ip6 daddr { ${list(6)} } drop`,
        ]),
  ];
  return `table ${TABLE}\ndelete table ${TABLE}\ntable ${TABLE} {\n  chain input {\n    type filter hook input priority 0;\n    ${rules.join('\n    ')}\n  }\n}\n`;
}

/** Loads the rules in one transaction; a sentence says why it could not be done. */
export function installAcceptFilter(rules: string): string | undefined {
  const run = spawnSync('nft', ['-f', '-'], { input: rules, encoding: 'utf8', timeout: 10_000 });
  if (run.error !== undefined) return `no_accept needs nftables: ${run.error.message}`;
  return run.status === 0 ? undefined : `no_accept: nft refused the rules: ${run.stderr.trim()}`;
}

export function removeAcceptFilter(): void {
  spawnSync('nft', ['-f', '-'], {
    input: `table ${TABLE}\ndelete table ${TABLE}\n`,
    timeout: 10_000,
  });
}
