/** What a simulated node answers, and how: the twin of the agent's controllable servers. */
import type { ServiceFault } from '../fault/fault.ts';
import type { Micros } from '../time.ts';

export type ServiceProtocol = 'http' | 'https' | 'tcp' | 'udp';

export interface SimService {
  readonly name: string;
  readonly protocol: ServiceProtocol;
  readonly port: number;
  /** Faults in force, by id; the newest decides. */
  readonly faults: Map<string, ServiceFault>;
  /** Ids of flapping that is in its off half. */
  readonly away: Set<string>;
}

/** How it answers at this moment. */
export interface Manner {
  /** Nobody listens. */
  readonly refuses: boolean;
  /** Connections are made and nothing is said. */
  readonly hangs: boolean;
  readonly delay: Micros;
  readonly status: number;
  readonly body: string;
  readonly expired: boolean;
}

export function newService(spec: Pick<SimService, 'name' | 'protocol' | 'port'>): SimService {
  const { name, protocol, port } = spec;
  return { name, protocol, port, faults: new Map(), away: new Set() };
}

/** `node`: the default page is the node's name. */
export function mannerOf({ faults, away }: SimService, node: string): Manner {
  const all = [...faults.values()];
  const last = <K extends ServiceFault['kind']>(kind: K) =>
    all.findLast((one): one is Extract<ServiceFault, { kind: K }> => one.kind === kind);
  return {
    refuses: last('service.stop') !== undefined || away.size > 0,
    hangs: last('service.hang') !== undefined,
    delay: last('service.slow')?.delay ?? (0 as Micros),
    status: last('service.status')?.status ?? 200,
    body: last('service.body')?.body ?? node,
    expired: last('tls.expired') !== undefined,
  };
}
