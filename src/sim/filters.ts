/** The packet filters of a simulated node: lost adverts and ICMP, blocked ports. */
import type { Fault } from '../fault/faults.ts';
import { cutsPath } from '../fault/path.ts';
import type { BlockMode } from '../fault/port.ts';
import type { IpAddress } from '../net/address.ts';

export type FilterFault = Extract<
  Fault,
  { readonly kind: 'vrrp.block' | 'vrrp.lose' | 'port.block' | 'icmp.drop' }
>;

export class Filters {
  private readonly rules = new Map<string, FilterFault>();
  /** Packets that met a rule, by its id. */
  private readonly met = new Map<string, number>();

  add(id: string, fault: FilterFault): void {
    this.rules.set(id, fault);
  }

  remove(id: string): void {
    this.rules.delete(id);
  }

  /** The node was off: its own filters are gone, a path that is cut stays so. */
  clear(): void {
    for (const [id, rule] of this.rules) if (!cutsPath(rule)) this.rules.delete(id);
  }

  count(id: string): number {
    return this.met.get(id) ?? 0;
  }

  /** How a connection or datagram for the port is blocked; undefined: it is not. */
  port(port: number): BlockMode | undefined {
    for (const [id, rule] of this.rules) {
      if (rule.kind !== 'port.block' || rule.port !== port) continue;
      this.meet(id);
      return rule.mode;
    }
    return undefined;
  }

  /** Whether an echo, or an error such as `port unreachable`, is lost. */
  icmp(what: 'echo' | 'error', direction: 'in' | 'out'): boolean {
    for (const [id, rule] of this.rules) {
      if (rule.kind !== 'icmp.drop') continue;
      const here = rule.direction === 'both' || rule.direction === direction;
      if (!here || (what === 'error' && rule.type === 'echo')) continue;
      this.meet(id);
      return true;
    }
    return false;
  }

  /** Whether an advert from this address is lost. A blocked advert does not count towards `vrrp.lose`. */
  vrrp(source: IpAddress, direction: 'in' | 'out'): boolean {
    let blocked = false;
    for (const [id, rule] of this.rules) {
      if (rule.kind !== 'vrrp.block' || rule.mode === 'reject') continue;
      const here = rule.direction === 'both' || rule.direction === direction;
      if (!here || rule.from?.addresses.includes(source) === false) continue;
      this.meet(id);
      blocked = true;
    }
    return blocked || (direction === 'in' && this.loses(source));
  }

  /** Whether the node's own firewall refuses an advert, which its sender sees. */
  refuses(): boolean {
    let refused = false;
    for (const [id, rule] of this.rules) {
      if (rule.kind !== 'vrrp.block' || rule.mode !== 'reject') continue;
      this.meet(id);
      refused = true;
    }
    return refused;
  }

  private loses(source: IpAddress): boolean {
    for (const [id, rule] of this.rules) {
      if (rule.kind !== 'vrrp.lose' || !rule.from.addresses.includes(source)) continue;
      if (this.count(id) >= rule.count) continue;
      this.meet(id);
      return true;
    }
    return false;
  }

  private meet(id: string): void {
    this.met.set(id, this.count(id) + 1);
  }
}
