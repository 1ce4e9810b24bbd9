/**
 * `vrrp.block`: one nftables table for each fault, deleted whole when it heals. Outgoing packets are
 * dropped at the device, silently, as a filter further along the way would; a drop in the output hook
 * would tell the sender (EPERM).
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import type { BlockDirection } from '../fault/fault.ts';
import type { AgentResult } from './protocol.ts';

/** Undefined once the rules are in force; otherwise why they are not. */
export function blockVrrp(id: string, direction: BlockDirection): string | undefined {
  const devices = readdirSync('/sys/class/net').filter((name) => name !== 'lo');
  return nft(blockRules(id, direction, devices)).error;
}

export function blockRules(
  id: string,
  direction: BlockDirection,
  devices: readonly string[],
): string {
  const drops = ['ip protocol 112 counter drop', 'ip6 nexthdr 112 counter drop'];
  const chain = (hook: 'ingress' | 'egress', device: string, i: number): string =>
    `  chain ${hook}${i} {\n    type filter hook ${hook} device "${device}" priority 0;\n    ${drops.join('\n    ')}\n  }`;
  const chains = devices.flatMap((device, i) => [
    ...(direction === 'out' ? [] : [chain('ingress', device, i)]),
    ...(direction === 'in' ? [] : [chain('egress', device, i)]),
  ]);
  return `table netdev ${tableOf(id)} {\n${chains.join('\n')}\n}\n`;
}

export function unblock(id: string): AgentResult {
  const { error } = nft(`delete table netdev ${tableOf(id)}\n`);
  return error === undefined ? { ok: true } : { ok: false, error };
}

/** What the fault's rules have dropped so far. */
export function droppedPackets(id: string): number {
  const { output } = nft(`list table netdev ${tableOf(id)}\n`);
  return [...output.matchAll(/counter packets (\d+)/g)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

/** The id comes from a file: only letters, digits and underscores reach nft. */
function tableOf(id: string): string {
  return `halab_${id.replaceAll(/[^A-Za-z0-9]/g, '_')}`;
}

function nft(rules: string): { output: string; error: string | undefined } {
  const run = spawnSync('nft', ['-f', '-'], { input: rules, encoding: 'utf8', timeout: 10_000 });
  const error = run.error?.message ?? (run.status === 0 ? undefined : `nft: ${run.stderr.trim()}`);
  return { output: run.stdout ?? '', error };
}
