/** Firewall faults of a port in the simulator. */
import type { PortFault } from '../../fault/port.ts';
import { filterActions } from './filter.ts';

export const PORT_FAULTS = {
  'port.block': filterActions(({ port }: PortFault) => `packets for port ${port} met the filter`),
};
