/**
 * Firewall faults: one nftables table for each, deleted whole when it heals. What is filtered on its way out is
 * dropped at the device, without an error to the sender, as a filter further along the way would.
 */
import { readdirSync } from 'node:fs';
import type { Fault } from '../../fault/faults.ts';
import type { BlockDirection } from '../../fault/vrrp.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { nftables } from '../../linux/nftables.ts';
import { resultOf } from '../protocol.ts';
import { until } from '../wait.ts';
import type { Actions } from './actions.ts';

/** The table of one fault. */
export interface Table {
  readonly family: 'inet' | 'netdev';
  readonly chains: string;
}

/** `devices`: the interfaces of the node. */
export type Rules<F> = (fault: F, devices: readonly string[]) => Table;

/** `packets`: the packets of the rules, in the wording of the evidence. */
export function filterActions<F extends Fault>(
  rules: Rules<F>,
  packets: (fault: F) => string,
): Actions<F> {
  const nameOf = (id: string, fault: F): string => tableName(id, rules(fault, []));
  return {
    apply: async ({ id, fault, at }) => {
      // Loading the library takes a while: it is done before the fault is due.
      const tables = nftables();
      const text = tableText(id, rules(fault, devices()));
      await until(at);
      const problem = tables === undefined ? 'the node has no libnftables' : tables.run(text);
      return problem === undefined ? { ok: true, at: monotonicNow() } : resultOf(problem);
    },
    met: ({ id, fault }) => ({
      count: () => countOf(id, nameOf(id, fault)),
      evidence: (count) => `${count} ${packets(fault)} met the filter`,
      missing: `none of the ${packets(fault)} met the filter`,
      everyMs: 20,
    }),
    undo: ({ id, fault }) => {
      const name = nameOf(id, fault);
      last.set(id, countOf(id, name));
      const error = nftables()?.run(`delete table ${name}\n`);
      // Without its table there is nothing to undo: the kernel could not make it.
      return resultOf(error?.includes('No such file') === true ? undefined : error);
    },
  };
}

export function tableText(id: string, table: Table): string {
  return `table ${tableName(id, table)} {\n${table.chains}\n}\n`;
}

/** The id comes from a file: only letters, digits and underscores reach nft. */
function tableName(id: string, { family }: Table): string {
  return `${family} halab_${id.replaceAll(/[^A-Za-z0-9]/g, '_')}`;
}

/** Counters of deleted rules: their effect may be checked later. */
const last = new Map<string, number>();

function devices(): string[] {
  return readdirSync('/sys/class/net').filter((name) => name !== 'lo');
}

/** Packets that the rules of a table have met so far. */
function countOf(id: string, table: string): number {
  const text = nftables()?.list(`table ${table}`);
  if (text === undefined) return last.get(id) ?? 0;
  return [...text.matchAll(/counter packets (\d+)/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

/** Drops packets at every device. They are counted before anything is dropped: two faults on the same packets both meet them. */
export function dropAtDevices(
  packets: readonly string[],
  direction: BlockDirection,
  names: readonly string[],
): Table {
  const chains = names
    .flatMap((device, i) => [
      ...(direction === 'out' ? [] : [{ hook: 'ingress', device, i }]),
      ...(direction === 'in' ? [] : [{ hook: 'egress', device, i }]),
    ])
    .flatMap(({ hook, device, i }) => [
      chain(`met_${hook}${i}`, { hook, device, priority: -1 }, packets, 'counter'),
      chain(`${hook}${i}`, { hook, device, priority: 0 }, packets, 'drop'),
    ]);
  return { family: 'netdev', chains: chains.join('\n') };
}

export function chain(
  name: string,
  { hook, device, priority }: { hook: string; device: string; priority: number },
  packets: readonly string[],
  verdict: string,
): string {
  const rules = packets.map((packet) => `    ${packet} ${verdict}\n`).join('');
  return `  chain ${name} {\n    type filter hook ${hook} device "${device}" priority ${priority};\n${rules}  }`;
}
