/** What a simulated node answers, and how: the twin of the agent's controllable servers. */
import type { ServiceFault } from '../fault/service.ts';
import type { Micros } from '../time.ts';

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
  /** Questions so far. */
  asked: number;
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
  const none = { faults: new Map(), away: new Set<string>(), connections: new Set<() => void>() };
  return { name, protocol, port, ...none, asked: 0 };
}

/** `node`: the default page is the node's name. */
export function mannerOf(
  { faults, away }: Pick<SimService, 'faults' | 'away'>,
  node: string,
): Manner {
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

/** Why a fault cannot be upon a service; undefined if it can. */
export function meaningless(
  { kind }: ServiceFault,
  { name, protocol }: SimService,
): string | undefined {
  if (kind === 'tls.expired' && protocol !== 'https')
    return `service ${name} speaks ${protocol}: it has no certificate`;
  const web = protocol === 'http' || protocol === 'https';
  return kind === 'service.status' && !web
    ? `service ${name} speaks ${protocol}: its answers have no status`
    : undefined;
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
