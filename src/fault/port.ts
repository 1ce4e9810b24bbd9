/** Firewall faults of a TCP and UDP port. */
import * as z from 'zod';
import { define, type PlainFault } from './definition.ts';

const blocked = z.strictObject({
  port: z.int().min(1).max(65_535).default(80).describe('TCP and UDP'),
  mode: z
    .enum(['drop', 'reject', 'reset'])
    .default('drop')
    .describe('reject: ICMP port unreachable; reset: TCP RST'),
});

export type PortFault = PlainFault<'port.block', typeof blocked>;
export type BlockMode = PortFault['mode'];

export const PORT_FAULTS = {
  'port.block': define({
    docs: 'A firewall of the node drops packets to a port, refuses them by ICMP, or resets the connection.',
    target: 'node',
    with: blocked,
  }),
};
