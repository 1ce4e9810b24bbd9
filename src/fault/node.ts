/** Faults of a whole node. */
import * as z from 'zod';
import { define, type FaultData } from './definition.ts';

const plain = z.strictObject({});

export type NodeFault = FaultData<'node.kill' | 'node.stop', unknown>;

export const NODE_FAULTS = {
  'node.kill': define({
    docs: 'Power off: the node and its kernel stop at once, without a resignation; it boots at heal.',
    target: 'node',
    effects: ['silences'],
    silent: true,
    ends: 'once',
    with: plain,
  }),
  'node.stop': define({
    docs: 'SIGTERM to the router process: it sends priority 0 and withdraws its addresses; it starts at heal.',
    target: 'router',
    effects: ['silences'],
    ends: 'once',
    with: plain,
  }),
};
