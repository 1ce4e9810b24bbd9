/** Faults of a whole node. */
import * as z from 'zod';
import { define } from './definition.ts';

export type NodeFault =
  /** Power off: the node and its kernel are gone at once, without a farewell. */
  | { readonly kind: 'node.kill'; readonly node: string }
  /** SIGTERM to the node's router process. */
  | { readonly kind: 'node.stop'; readonly node: string };

export const NODE_FAULTS = {
  'node.kill': define({
    docs: 'Power off: the node and its kernel are gone at once, without a farewell; it boots at heal.',
    target: 'node',
    with: z.strictObject({}),
    resolve: (node): NodeFault => ({ kind: 'node.kill', node }),
  }),
  'node.stop': define({
    docs: 'SIGTERM to the router process: it sends priority 0 and withdraws its addresses; it starts at heal.',
    target: 'router',
    with: z.strictObject({}),
    resolve: (node): NodeFault => ({ kind: 'node.stop', node }),
  }),
};
