/** Pools in nftables, for kernels without ip_vs: each change is one transaction. */
import type { Pool } from '../../engine/check/io.ts';
import type { CheckConfig } from '../../engine/core/config-check.ts';
import type { IpvsKey } from '../../linux/ipvs.ts';
import type { Nftables } from '../../linux/nftables.ts';
import type { Director } from './director.ts';
import {
  compromises,
  DELETE_TABLE,
  impossible,
  NEW_TABLE,
  PROBE,
  poolRules,
  servicesRules,
  TABLE,
} from './nft-rules.ts';
import { servicesOf } from './services.ts';

interface Held {
  readonly chain: string;
  readonly services: readonly IpvsKey[];
  readonly rules: string;
}

const NOTHING: ReadonlyMap<string, Held> = new Map();

export class NftDirector implements Director {
  readonly name = 'nftables';
  private readonly nft: Nftables;
  private check: CheckConfig;
  private held = new Map<string, Held>();
  /** Commands that make the table; empty once it exists. */
  private fresh = NEW_TABLE;
  private last = 0;

  private constructor(nft: Nftables, check: CheckConfig) {
    this.nft = nft;
    this.check = check;
  }

  /** Answers a sentence if nftables cannot be used. */
  static open(nft: Nftables, check: CheckConfig): NftDirector | string {
    return nft.run(PROBE) ?? new NftDirector(nft, check);
  }

  configure(check: CheckConfig): readonly string[] {
    this.check = check;
    return [];
  }

  /** One transaction for all pools; the first one replaces the table that a predecessor left. */
  apply(pools: readonly Pool[]): readonly string[] {
    const before = new Map(this.held);
    const notes = pools.flatMap((pool) => this.plan(pool, before));
    const changed = this.commit(this.difference(before));
    const failed = changed === undefined ? undefined : this.commit(this.difference(NOTHING));
    if (failed === undefined) return notes;
    // A transaction that failed has changed nothing.
    this.held = before;
    return [...notes, `nftables: ${failed}`];
  }

  /** After a failure the next transaction recreates the table: another program may have removed it. */
  private commit(commands: string): string | undefined {
    if (commands === '') return undefined;
    const failed = this.nft.run(`${this.fresh}${commands}`);
    this.fresh = failed === undefined ? '' : NEW_TABLE;
    return failed;
  }

  private plan(pool: Pool, before: ReadonlyMap<string, Held>): string[] {
    const { virtualServer } = pool;
    const { name } = virtualServer;
    const problem = impossible(pool);
    if (problem !== undefined) {
      this.held.delete(name);
      return [`${name}: ${problem}`];
    }
    const old = before.get(name);
    const chain = old?.chain ?? `server_${++this.last}`;
    const services = servicesOf(virtualServer, this.check);
    this.held.set(name, { chain, services, rules: poolRules(chain, pool) });
    return old === undefined
      ? compromises(virtualServer).map((compromise) => `${name}: ${compromise}`)
      : [];
  }

  /** Changed chains first, then the services that jump to them, then chains without a service are deleted. */
  private difference(before: ReadonlyMap<string, Held>): string {
    const rules = [...this.held]
      .filter(([name, { rules: now }]) => before.get(name)?.rules !== now)
      .map(([, { rules: now }]) => now);
    const services = servicesText(this.held);
    const gone = [...before]
      .filter(([name]) => !this.held.has(name))
      .map(([, { chain }]) => `flush chain ${TABLE} ${chain}\ndelete chain ${TABLE} ${chain}\n`);
    const moved = services === servicesText(before) ? '' : services;
    return `${rules.join('')}${moved}${gone.join('')}`;
  }

  remove(virtualServer: string): readonly string[] {
    const before = new Map(this.held);
    if (!this.held.delete(virtualServer)) return [];
    const failed = this.nft.run(this.difference(before));
    return failed === undefined ? [] : [`${virtualServer}: ${failed}`];
  }

  close(): void {
    this.nft.run(DELETE_TABLE);
    this.nft.close();
  }
}

function servicesText(held: ReadonlyMap<string, Held>): string {
  return servicesRules(
    [...held.values()].flatMap(({ services, chain }) =>
      services.map((key) => [key, chain] as const),
    ),
  );
}
