/** Firewall faults of a port. */
import type { PortFault } from '../../fault/port.ts';
import { filterActions, type Table } from './filter.ts';

export const PORT_FAULTS = {
  'port.block': filterActions(portRules, ({ port }: PortFault) => `packets for port ${port}`),
};

/** Before any translation, so that it also matches packets to a virtual server of the node. */
export function portRules({ port, mode }: PortFault): Table {
  const own = 'fib daddr type local';
  const refuse = 'counter reject with icmpx type port-unreachable';
  const rules = {
    drop: [`${own} meta l4proto { tcp, udp } th dport ${port} counter drop`],
    reject: [`${own} meta l4proto { tcp, udp } th dport ${port} ${refuse}`],
    reset: [
      `${own} tcp dport ${port} counter reject with tcp reset`,
      `${own} udp dport ${port} ${refuse}`,
    ],
  }[mode];
  const chains = `  chain arriving {\n    type filter hook prerouting priority mangle; policy accept;\n    ${rules.join('\n    ')}\n  }`;
  return { family: 'inet', chains };
}
