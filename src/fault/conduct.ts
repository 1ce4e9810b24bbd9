/** How a service behaves while faults of it are in force: the same in every world. */
import { type Micros, micros } from '../time.ts';
import type { ServiceFault } from './service.ts';

export interface Conduct {
  /** Nothing listens. */
  readonly stopped: boolean;
  /** Accepts and never answers. */
  readonly hang: boolean;
  /** From the question to its answer. */
  readonly delay: Micros;
  /** Of HTTP; 100..599. */
  readonly status: number;
  /** Undefined: the node's name. */
  readonly body: string | undefined;
  /** Its certificate has expired. */
  readonly expired: boolean;
}

/** A later fault of the same kind hides the earlier one until it is healed. */
export function conductOf(faults: Iterable<ServiceFault>): Conduct {
  const conduct = {
    stopped: false,
    hang: false,
    delay: micros(0),
    status: 200,
    body: undefined as string | undefined,
    expired: false,
  };
  for (const fault of faults) {
    if (fault.kind === 'service.stop') conduct.stopped = true;
    else if (fault.kind === 'service.hang') conduct.hang = true;
    else if (fault.kind === 'service.slow') conduct.delay = fault.delay;
    else if (fault.kind === 'service.status') conduct.status = fault.status;
    else if (fault.kind === 'service.body') conduct.body = fault.body;
    else if (fault.kind === 'tls.expired') conduct.expired = true;
  }
  return conduct;
}

/** Why a service cannot have a fault; undefined if it can. */
export function misfitOf(
  { kind }: ServiceFault,
  { name, protocol }: { readonly name: string; readonly protocol: string },
): string | undefined {
  if (kind === 'tls.expired' && protocol !== 'https')
    return `service ${name} speaks ${protocol}: it has no certificate`;
  const web = protocol === 'http' || protocol === 'https';
  return kind === 'service.status' && !web
    ? `service ${name} speaks ${protocol}: its answers have no status`
    : undefined;
}
