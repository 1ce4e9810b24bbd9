/** The services of a simulated node: the counterpart of the agent's controllable servers. */
import { type Conduct, conductOf } from '../fault/conduct.ts';
import type { ServiceFault } from '../fault/service.ts';

export type ServiceProtocol = 'http' | 'https' | 'tcp' | 'udp';

export interface SimService {
  readonly name: string;
  readonly protocol: ServiceProtocol;
  readonly port: number;
  /** Faults in force, by id; the newest of a kind decides. */
  readonly faults: Map<string, ServiceFault>;
  /** Ids of flapping that is in its off half. */
  readonly away: Set<string>;
  /** Ends each open connection. */
  readonly connections: Set<() => void>;
  /** Number of requests so far. */
  asked: number;
}

export function newService(spec: Pick<SimService, 'name' | 'protocol' | 'port'>): SimService {
  const { name, protocol, port } = spec;
  const none = { faults: new Map(), away: new Set<string>(), connections: new Set<() => void>() };
  return { name, protocol, port, ...none, asked: 0 };
}

export type SimConduct = Conduct & { readonly body: string };

/** How it answers at this moment; `node`: the default page is the node's name. */
export function conductAt(
  { faults, away }: Pick<SimService, 'faults' | 'away'>,
  node: string,
): SimConduct {
  const conduct = conductOf(faults.values());
  const stopped = conduct.stopped || away.size > 0;
  return { ...conduct, stopped, body: conduct.body ?? node };
}

/** A service that stops closes its connections. */
export function strike(service: SimService, id: string, fault: ServiceFault): void {
  service.faults.set(id, fault);
  if (fault.kind === 'service.stop') disconnect(service);
}

/** The off half of a flapping service. */
export function goAway(service: SimService, id: string): void {
  service.away.add(id);
  disconnect(service);
}

function disconnect({ connections }: SimService): void {
  for (const cut of [...connections]) cut();
}
