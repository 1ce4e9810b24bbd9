/** Firewall faults of a TCP and UDP port. */
import * as z from 'zod';
import { define } from './definition.ts';

export type BlockMode = 'drop' | 'reject' | 'reset';

export interface PortFault {
  readonly kind: 'port.block';
  readonly node: string;
  readonly port: number;
  readonly mode: BlockMode;
}

export const PORT_FAULTS = {
  'port.block': define({
    docs: 'A firewall of the node drops what comes for a port, refuses it by ICMP, or resets the connection.',
    target: 'node',
    with: z.strictObject({
      port: z.int().min(1).max(65_535).default(80).describe('TCP and UDP'),
      mode: z
        .enum(['drop', 'reject', 'reset'])
        .default('drop')
        .describe('reject: ICMP port unreachable; reset: TCP RST'),
    }),
    resolve: (node, { with: { port, mode } }): PortFault => ({
      kind: 'port.block',
      node,
      port,
      mode,
    }),
  }),
};
