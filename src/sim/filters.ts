/** The packet filters of a simulated node: ports that are blocked and ICMP that is lost. */
import type { Fault } from '../fault/fault.ts';

export type FilterFault = Extract<Fault, { readonly kind: 'port.block' | 'icmp.drop' }>;

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

  clear(): void {
    this.rules.clear();
  }

  count(id: string): number {
    return this.met.get(id) ?? 0;
  }

  /** What becomes of a connection or datagram to the port; undefined: nothing. */
  port(port: number): 'drop' | 'reject' | 'reset' | undefined {
    for (const [id, rule] of this.rules) {
      if (rule.kind !== 'port.block' || rule.port !== port) continue;
      this.meet(id);
      return rule.mode;
    }
    return undefined;
  }

  /** Whether an echo request or reply is lost. */
  echo(direction: 'in' | 'out'): boolean {
    for (const [id, rule] of this.rules) {
      if (rule.kind !== 'icmp.drop' || (rule.direction !== 'both' && rule.direction !== direction))
        continue;
      this.meet(id);
      return true;
    }
    return false;
  }

  private meet(id: string): void {
    this.met.set(id, this.count(id) + 1);
  }
}
