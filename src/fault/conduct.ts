/** How a service behaves while faults of it are in force: the same in every world. */
import { micros } from '../time.ts';
import type { ServiceFault } from './service.ts';

const PLAIN = {
  /** Nothing listens. */
  stopped: false,
  /** Accepts and never answers. */
  hang: false,
  /** From the question to its answer. */
  delay: micros(0),
  /** Of HTTP; 100..599. */
  status: 200,
  /** Undefined: the node's name. */
  body: undefined as string | undefined,
  /** Its certificate has expired. */
  expired: false,
};
export type Conduct = Readonly<typeof PLAIN>;

/** A later fault of the same kind hides the earlier one until it is healed. */
export function conductOf(faults: Iterable<ServiceFault>): Conduct {
  const conduct = { ...PLAIN };
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
