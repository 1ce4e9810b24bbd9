/** Faults of the cable between a node and a network. */
import * as z from 'zod';
import { define } from './definition.ts';

export interface LinkFault {
  readonly kind: 'link.down';
  readonly node: string;
  readonly network: string;
}

export const LINK_FAULTS = {
  'link.down': define({
    docs: 'The cable is pulled: the node sees carrier loss.',
    target: 'link',
    effects: ['silences', 'promotes', 'impairs'],
    silent: true,
    with: z.strictObject({}),
    resolve: (node, { target }): LinkFault => ({
      kind: 'link.down',
      node,
      network: target.kind === 'link' ? target.network : '',
    }),
  }),
};
