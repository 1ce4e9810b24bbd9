/** How a service behaves: well, but for the faults that are upon it. */
import type { ServiceFault } from '../fault/service.ts';
import { type Micros, micros } from '../time.ts';
import type { ServedService } from './protocol.ts';

export interface Conduct {
  /** Accepts and never answers. */
  readonly hang: boolean;
  /** From the question to its answer. */
  readonly delay: Micros;
  /** Of HTTP; 100..599. */
  readonly status: number;
  /** undefined: the node's name. */
  readonly body: string | undefined;
  readonly expired: boolean;
}

/** A later fault of the same kind hides the earlier one until it is healed. */
export function conductOf(faults: Iterable<ServiceFault>): Conduct {
  let conduct: Conduct = {
    hang: false,
    delay: micros(0),
    status: 200,
    body: undefined,
    expired: false,
  };
  for (const fault of faults) {
    if (fault.kind === 'service.hang') conduct = { ...conduct, hang: true };
    else if (fault.kind === 'service.slow') conduct = { ...conduct, delay: fault.delay };
    else if (fault.kind === 'service.status') conduct = { ...conduct, status: fault.status };
    else if (fault.kind === 'service.body') conduct = { ...conduct, body: fault.body };
    else if (fault.kind === 'tls.expired') conduct = { ...conduct, expired: true };
  }
  return conduct;
}

/** Why a fault cannot be upon a service; undefined if it can. */
export function meaningless(fault: ServiceFault, service: ServedService): string | undefined {
  const { name, protocol } = service;
  const web = protocol === 'http' || protocol === 'https';
  if (fault.kind === 'tls.expired' && protocol !== 'https')
    return `service ${name} speaks ${protocol}: it has no certificate`;
  if (fault.kind === 'service.status' && !web)
    return `service ${name} speaks ${protocol}: its answers have no status`;
  return undefined;
}
