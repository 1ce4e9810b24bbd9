/** Faults of a whole simulated node. */
import type { FaultOf } from '../../fault/faults.ts';
import { milliseconds } from '../../time.ts';
import { type Actions, outcome, restartLater } from './actions.ts';

/** From power-on to a running agent. */
const BOOT = milliseconds(300);

export const NODE_FAULTS = {
  'node.kill': {
    apply: (_, { kernel, router }) => {
      if (!kernel.up) return { because: 'the node is down already' };
      router?.powerOff();
      kernel.powerOff();
      return { evidence: 'the node is gone' };
    },
    undo: (_, node) =>
      node.world.after(BOOT, () => {
        node.kernel.powerOn();
        restartLater(node);
      }),
  } satisfies Actions<FaultOf<'node.kill'>>,
  'node.stop': {
    apply: (_, { router }) =>
      outcome(router?.stop(), 'SIGTERM was delivered', 'no router process runs'),
    undo: (_, node) => restartLater(node),
  } satisfies Actions<FaultOf<'node.stop'>>,
};
