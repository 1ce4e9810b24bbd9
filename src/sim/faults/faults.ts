/** The actions of the simulator for each fault. */
import type { Cannot } from '../../fault/capability.ts';
import type { FaultKind, FaultOf } from '../../fault/faults.ts';
import type { Actions } from './actions.ts';
import { CLOCK_FAULTS } from './clock.ts';
import { ICMP_FAULTS } from './icmp.ts';
import { LINK_FAULTS } from './link.ts';
import { NODE_FAULTS } from './node.ts';
import { PORT_FAULTS } from './port.ts';
import { PROCESS_FAULTS } from './process.ts';
import { SCRIPT_FAULTS } from './script.ts';
import { SERVICE_FAULTS } from './service.ts';
import { VRRP_FAULTS } from './vrrp.ts';

export const SIM_FAULTS: { readonly [K in FaultKind]: Actions<FaultOf<K>> | Cannot } = {
  ...NODE_FAULTS,
  ...PROCESS_FAULTS,
  ...CLOCK_FAULTS,
  ...LINK_FAULTS,
  ...VRRP_FAULTS,
  ...PORT_FAULTS,
  ...ICMP_FAULTS,
  ...SERVICE_FAULTS,
  ...SCRIPT_FAULTS,
};
