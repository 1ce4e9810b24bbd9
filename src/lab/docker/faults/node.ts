/** The power of a node. */
import type { FaultOf } from '../../../fault/faults.ts';
import type { Instant } from '../../../time.ts';
import { type HostActions, limitFrom } from './actions.ts';

export const NODE_FAULTS = {
  'node.kill': {
    // The agent stamps its own death; the end of its stream confirms it.
    apply: async ({ id, fault, node: { container, plan } }, at, context) => {
      const { clock } = context;
      let stamp: Instant | undefined;
      const unwatch = context.watch((event) => {
        if (event.kind === 'node-down' && event.node === plan.name) stamp = event.at;
      });
      void container.link().request({ kind: 'inject', faultId: id, fault, at: clock.toRemote(at) });
      const isOver = (): boolean => stamp !== undefined && !container.running();
      await clock.runUntil(limitFrom(at, context), isOver);
      unwatch();
      if (stamp === undefined || container.running())
        return { ok: false, at: clock.now(), because: 'the container did not end within 5 s' };
      const evidence = 'the agent stamped its end and the container ended';
      return { ok: true, at: stamp, evidence };
    },
    undo: ({ node }, { powerOn }) => powerOn(node),
  } satisfies HostActions<FaultOf<'node.kill'>>,
};
