/** Firewall faults of ICMP, IPv4 and IPv6. */
import * as z from 'zod';
import { define } from './definition.ts';
import type { BlockDirection } from './vrrp.ts';

export interface IcmpFault {
  readonly kind: 'icmp.drop';
  readonly node: string;
  readonly type: 'echo' | 'all';
  readonly direction: BlockDirection;
}

export const ICMP_FAULTS = {
  'icmp.drop': define({
    docs: 'A firewall of the node drops ICMP and ICMPv6, but never neighbour discovery.',
    target: 'node',
    with: z.strictObject({
      type: z.enum(['echo', 'all']).default('all').describe('Echo only, or all of it'),
      direction: z.enum(['in', 'out', 'both']).default('both').describe('As the node sees it'),
    }),
    resolve: (node, { with: { type, direction } }): IcmpFault => ({
      kind: 'icmp.drop',
      node,
      type,
      direction,
    }),
  }),
};
