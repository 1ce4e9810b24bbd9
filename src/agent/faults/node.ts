/** Faults of a whole node, applied inside it. */
import type { FaultOf } from '../../fault/faults.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { libc } from '../../linux/libc.ts';
import { say } from '../say.ts';
import { becomesTrue, until } from '../wait.ts';
import type { Actions } from './actions.ts';
import { countText, isGone, signalAll } from './process.ts';

export const NODE_FAULTS: {
  readonly 'node.kill': Actions<FaultOf<'node.kill'>>;
  readonly 'node.stop': Actions<FaultOf<'node.stop'>>;
} = {
  /**
   * Ends all processes, reports it, and exits. Docker may need seconds to take a dead container's network
   * away, and until then its kernel would go on answering for its addresses: the cables are pulled first.
   */
  'node.kill': {
    apply: async ({ at }, { node, router, unplug }) => {
      const pids = router.pids('all').reverse();
      await until(at);
      const stamp = monotonicNow();
      signalAll(pids, 'SIGKILL');
      unplug();
      const event = { kind: 'node-down', at: stamp, source: 'agent', node: node() } as const;
      say({ kind: 'event', event });
      libc().exitNow(0);
      throw new Error('_exit does not return');
    },
    undo: (_, { router }) => router.restart(),
  },
  /** The last process that was started is stopped first, and the next one when it has gone. */
  'node.stop': {
    apply: async ({ at }, { router }) => {
      const pids = router.mainPids().reverse();
      if (pids.length === 0) return { ok: false, error: 'no router process runs' };
      await until(at);
      const stamp = monotonicNow();
      for (const pid of pids) {
        router.leaves(pid);
        signalAll([pid], 'SIGTERM');
        const gone = (): boolean => isGone(pid, router);
        if (!(await becomesTrue(gone, { everyMs: 1, withinMs: router.endMs })))
          return { ok: false, error: `SIGTERM did not end process ${pid}` };
      }
      return { ok: true, at: stamp, evidence: `SIGTERM ended ${countText(pids.length)}` };
    },
    undo: (_, { router }) => router.restart(),
  },
};
