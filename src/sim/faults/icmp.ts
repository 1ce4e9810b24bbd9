/** Firewall faults of ICMP in the simulator. */
import type { IcmpFault } from '../../fault/icmp.ts';
import { filterActions } from './filter.ts';

export const ICMP_FAULTS = {
  'icmp.drop': filterActions((_: IcmpFault) => 'ICMP met the filter'),
};
