/** Firewall faults of ICMP. */
import type { IcmpFault } from '../../fault/icmp.ts';
import { dropAtDevices, filterActions, type Table } from './filter.ts';

export const ICMP_FAULTS = {
  'icmp.drop': filterActions(icmpRules, () => 'packets of ICMP'),
};

/** Router and neighbour solicitations and advertisements, redirects: without them there is no IPv6. */
const NEIGHBOR_DISCOVERY = '133-137';

const PACKETS = {
  echo: ['icmp type { echo-request, echo-reply }', 'icmpv6 type { echo-request, echo-reply }'],
  all: ['ip protocol icmp', `icmpv6 type != ${NEIGHBOR_DISCOVERY}`],
};

export function icmpRules({ type, direction }: IcmpFault, devices: readonly string[]): Table {
  return dropAtDevices(PACKETS[type], direction, devices);
}
