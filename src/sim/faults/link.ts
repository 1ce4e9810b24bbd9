/** Faults of the cables of a simulated node. */
import type { LinkFault } from '../../fault/link.ts';
import { type Actions, outcome } from './actions.ts';

export const LINK_FAULTS = {
  'link.down': {
    apply: ({ fault: { network } }, { kernel }) => {
      const there = kernel.interface(network).up;
      if (there) kernel.setCarrier(network, false);
      return outcome(there, `carrier lost on ${network}`, 'there is no carrier already');
    },
    undo: ({ fault: { network } }, { kernel }) => kernel.setCarrier(network, true),
  } satisfies Actions<LinkFault>,
};
