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
    return this.meet('port.block', (rule) => rule.port === port)?.mode;
  }

  /** Whether an echo, or an error such as `port unreachable`, is lost. */
  icmp(what: 'echo' | 'error', way: 'in' | 'out'): boolean {
    const rule = this.meet(
      'icmp.drop',
      ({ direction, type }) =>
        (direction === 'both' || direction === way) && (what === 'echo' || type !== 'echo'),
    );
    return rule !== undefined;
  }

  /** Whether an advert from this address is lost. A blocked advert does not count towards `vrrp.lose`. */
  vrrp(source: IpAddress, way: 'in' | 'out'): boolean {
    const blocked = this.meet(
      'vrrp.block',
      ({ mode, direction, from }) =>
        mode !== 'reject' &&
        (direction === 'both' || direction === way) &&
        from?.addresses.includes(source) !== false,
    );
    if (blocked !== undefined || way === 'out') return blocked !== undefined;
    const lost = this.meet(
      'vrrp.lose',
      ({ from, count }, id) => from.addresses.includes(source) && this.count(id) < count,
    );
    return lost !== undefined;
  }

  /** Whether the node's own firewall refuses an advert, which its sender sees. */
  refuses(): boolean {
    return this.meet('vrrp.block', ({ mode }) => mode === 'reject') !== undefined;
  }

  /** A rule that the packet meets. It meets the first one, but every `vrrp.block`. */
  private meet<K extends FilterFault['kind']>(
    kind: K,
    applies: (rule: Extract<FilterFault, { kind: K }>, id: string) => boolean,
  ): Extract<FilterFault, { kind: K }> | undefined {
    let met: Extract<FilterFault, { kind: K }> | undefined;
    for (const [id, rule] of this.rules) {
      if (rule.kind !== kind) continue;
      const own = rule as Extract<FilterFault, { kind: K }>;
      if (!applies(own, id)) continue;
      this.met.set(id, this.count(id) + 1);
      met = own;
      if (kind !== 'vrrp.block') break;
    }
    return met;
  }
}
