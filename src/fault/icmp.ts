/** Firewall faults of ICMP, IPv4 and IPv6. */
import * as z from 'zod';
import { define, type PlainFault } from './definition.ts';

const dropped = z.strictObject({
  type: z.enum(['echo', 'all']).default('all').describe('Echo only, or all of it'),
  direction: z.enum(['in', 'out', 'both']).default('both').describe('As the node sees it'),
});

export type IcmpFault = PlainFault<'icmp.drop', typeof dropped>;

export const ICMP_FAULTS = {
  'icmp.drop': define({
    docs: 'A firewall of the node drops ICMP and ICMPv6 except neighbour discovery.',
    target: 'node',
    with: dropped,
  }),
};
