/** Faults of the services of a simulated node. */
import { misfitOf } from '../../fault/conduct.ts';
import type { FaultOf } from '../../fault/faults.ts';
import type { ServiceFault } from '../../fault/service.ts';
import { micros } from '../../time.ts';
import type { Kernel } from '../kernel.ts';
import { goAway, type SimService, strike } from '../services.ts';
import type { World } from '../world.ts';
import { type Actions, OFF } from './actions.ts';

/** No traffic proves that a port is closed, so these faults take effect without traffic. */
const closing: Actions<ServiceFault> = {
  apply: ({ id, fault }, { kernel, world }) => {
    if (!kernel.up) return OFF;
    const service = serviceOf(kernel, fault);
    if (service === undefined) return { because: `there is no service ${fault.service}` };
    const because = misfitOf(fault, service);
    if (because !== undefined) return { because };
    strike(service, id, fault);
    if (fault.kind === 'service.flap') flap(service, id, fault, world);
    return { evidence: `service ${fault.service} was changed` };
  },
  undo: ({ id, fault }, { kernel }) => {
    const service = serviceOf(kernel, fault);
    service?.faults.delete(id);
    service?.away.delete(id);
  },
};

const answering: Actions<ServiceFault> = {
  ...closing,
  met: ({ fault }, { kernel }) => {
    const service = serviceOf(kernel, fault);
    const before = service?.asked ?? 0;
    return () => (service?.asked ?? 0) - before;
  },
};

export const SERVICE_FAULTS = {
  'service.stop': closing,
  'service.hang': answering,
  'service.slow': answering,
  'service.status': answering,
  'service.body': answering,
  'service.flap': closing,
  'tls.expired': answering,
};

function serviceOf({ services }: Kernel, fault: ServiceFault): SimService | undefined {
  return services.find(({ name }) => name === fault.service);
}

/** Down for the first half of `every`, up for the second, while the fault lasts. */
function flap(service: SimService, id: string, fault: FaultOf<'service.flap'>, world: World): void {
  if (!service.faults.has(id)) return;
  const half = micros(fault.every / 2);
  goAway(service, id);
  world.after(half, () => service.away.delete(id));
  world.after(micros(2 * half), () => flap(service, id, fault, world));
}
