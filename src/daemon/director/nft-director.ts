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

export class NftDirector implements Director {
  /** Does nothing but find out whether it could. */
  static readonly PROBE = `table inet halab_probe { }\ndelete table inet halab_probe\n`;
  readonly name = 'nftables';
  private readonly nft: Nftables;
  private check: CheckConfig;
  private readonly held = new Map<string, Held>();
  private last = 0;

  constructor(nft: Nftables, check: CheckConfig) {
    this.nft = nft;
    this.check = check;
    this.nft.run(NEW_TABLE);
  }

  configure(check: CheckConfig): readonly string[] {
    this.check = check;
    return [];
  }

  apply(pool: Pool): readonly string[] {
    const { virtualServer } = pool;
    const { name } = virtualServer;
    const problem = impossible(pool);
    if (problem !== undefined) return [`${name}: ${problem}`, ...this.remove(name)];
    const before = this.held.get(name);
    const chain = before?.chain ?? `server_${++this.last}`;
    const services = servicesOf(virtualServer, this.check);
    const rules = poolRules(chain, pool);
    const moved = JSON.stringify(before?.services) !== JSON.stringify(services);
    if (!moved && before?.rules === rules) return [];
    this.held.set(name, { chain, services, rules });
    const failed = this.nft.run(`${rules}${moved ? this.services() : ''}`);
    const told = before === undefined ? compromises(virtualServer) : [];
    if (failed !== undefined) this.forget(name, before);
    return [...told, ...(failed === undefined ? [] : [failed])].map((one) => `${name}: ${one}`);
  }

  remove(virtualServer: string): readonly string[] {
    const before = this.held.get(virtualServer);
    if (before === undefined) return [];
    this.held.delete(virtualServer);
    const gone = `flush chain ${TABLE} ${before.chain}\ndelete chain ${TABLE} ${before.chain}\n`;
    const failed = this.nft.run(`${this.services()}${gone}`);
    return failed === undefined ? [] : [`${virtualServer}: ${failed}`];
  }

  close(): void {
    this.nft.run(DELETE_TABLE);
    this.nft.close();
  }

  /** A transaction that failed has changed nothing. */
  private forget(name: string, before: Held | undefined): void {
    if (before === undefined) this.held.delete(name);
    else this.held.set(name, before);
  }

  private services(): string {
    const all = [...this.held.values()].flatMap(({ services, chain }) =>
      services.map((key) => [key, chain] as const),
    );
    return servicesRules(all);
  }
}
