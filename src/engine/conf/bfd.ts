/** halabd has no BFD, but reports what keepalived would report about it. */
import type { Findings } from './findings.ts';
import { lost, type Rows } from './keyword.ts';
import type { Token } from './lexer.ts';
import type { Statement } from './tree.ts';

const NO_BFD = 'halabd has no BFD';

// biome-ignore format: a table, one keyword a line
export const BFD: Rows<unknown, unknown> = {
  ...lost(NO_BFD, `source_ip neighbor_ip neighbour_ip min_rx min_tx idle_tx multiplier ttl hoplimit max_hops weight`, { shape: 'value' }),
  ...lost(NO_BFD, 'passive multihop vrrp checker'),
};

/** Instances without a neighbour, and names that no instance has. */
export function checkBfd(statements: readonly Statement[], findings: Findings): void {
  const instances = statements.filter(({ keyword }) => keyword.text === 'bfd_instance');
  const known = new Set(instances.map(({ values }) => values[0]?.text));
  for (const { keyword, block } of instances)
    if (!block?.some((inner) => inner.keyword.text === 'neighbor_ip'))
      findings.warning(keyword, 'bfd_instance has no neighbor_ip');
  for (const name of statements.flatMap(usedIn))
    if (!known.has(name.text)) findings.warning(name, `there is no bfd_instance "${name.text}"`);
}

/** Names in `track_bfd` and `BFD_CHECK`. */
function usedIn({ keyword, block = [] }: Statement): Token[] {
  if (keyword.text === 'track_bfd') return block.map((one) => one.keyword);
  if (keyword.text === 'BFD_CHECK')
    return block.flatMap((one) => (one.keyword.text === 'name' ? one.values.slice(0, 1) : []));
  return keyword.text === 'bfd_instance' ? [] : block.flatMap(usedIn);
}
