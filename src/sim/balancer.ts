/** The load balancer (IPVS) of a simulated kernel: the pools of its check child. */
import type { Pool } from '../engine/check/io.ts';
import { slotsOf } from '../engine/check/slots.ts';
import type { IpAddress } from '../net/address.ts';

export interface Turn {
  readonly address: IpAddress;
  readonly port: number;
}

interface Held {
  readonly pool: Pool;
  readonly slots: readonly Turn[];
  next: number;
}

const BY_CLIENT = ['sh', 'mh'];

export class Balancer {
  /** By `address protocol port`. */
  private readonly held = new Map<string, Held>();

  apply(pool: Pool): void {
    const { virtualServer, destinations } = pool;
    const { service, protocol } = virtualServer;
    if (service.kind !== 'address') return;
    const key = keyOf(service.address, protocol ?? 'UDP', service.port);
    const next = this.held.get(key)?.next ?? 0;
    this.held.set(key, { pool, slots: slotsOf(destinations), next });
  }

  remove(name: string): void {
    for (const [key, { pool }] of this.held)
      if (pool.virtualServer.name === name) this.held.delete(key);
  }

  clear(): void {
    this.held.clear();
  }

  /** undefined: no such service, or its pool is empty, so the packet stays on the node. */
  turn(
    address: IpAddress,
    protocol: 'TCP' | 'UDP',
    port: number,
    client: IpAddress,
  ): Turn | undefined {
    const everyPort = keyOf(address, protocol, 0);
    const held = this.held.get(keyOf(address, protocol, port)) ?? this.held.get(everyPort);
    if (held === undefined) return undefined;
    const { slots } = held;
    if (slots.length === 0) return undefined;
    const { scheduler, persistence } = held.pool.virtualServer;
    const sticky = BY_CLIENT.includes(scheduler) || persistence !== undefined;
    const at = sticky ? hash(client) : held.next++;
    const slot = slots[at % slots.length];
    return slot?.port === 0 ? { ...slot, port } : slot;
  }
}

function keyOf(address: IpAddress, protocol: string, port: number): string {
  return `${address} ${protocol} ${port}`;
}

function hash(text: string): number {
  let value = 7;
  for (const char of text) value = (value * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003;
  return value;
}
