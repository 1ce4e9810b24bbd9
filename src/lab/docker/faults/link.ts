/** The cables of a node, pulled and plugged at the host's end. */
import type { LinkFault } from '../../../fault/link.ts';
import { type HostActions, type HostContext, limitFrom, type RunningNode } from './actions.ts';

export const LINK_FAULTS = {
  'link.down': {
    apply: async ({ fault: { network }, node }, at, context) => {
      const { clock, host } = context;
      const { name } = node.plan;
      const carrier = watchCarrier(node, network, context);
      const ifindex = node.peers.get(network) ?? 0;
      const order = { kind: 'cable', ifindex, up: false, at: clock.toRemote(at) } as const;
      const { at: stamp, result } = await host().link().request(order);
      const when = clock.fromRemote(stamp);
      if (result.ok) await clock.runUntil(limitFrom(when, context), () => carrier.up === false);
      carrier.unwatch();
      if (!result.ok) return { ok: false, at: when, because: result.error };
      return carrier.up === false
        ? { ok: true, at: when, evidence: `${name} lost its carrier on ${network}` }
        : { ok: false, at: when, because: `${name} noticed no loss of carrier` };
    },
    // The node, if it runs, has its carrier again when this resolves.
    undo: async ({ fault: { network }, node }, context) => {
      const { clock, host } = context;
      const { container, plan, peers } = node;
      const carrier = watchCarrier(node, network, context);
      const ifindex = peers.get(network) ?? 0;
      await host().link().demand({ kind: 'cable', ifindex, up: true, at: 0 });
      const isOver = (): boolean => carrier.up === true || !container.running();
      const done = await clock.runUntil(limitFrom(clock.now(), context), isOver);
      carrier.unwatch();
      if (!done) throw new Error(`${plan.name} noticed no carrier on ${network}`);
    },
  } satisfies HostActions<LinkFault>,
};

/** `up`: the last carrier state that the node reported since then. */
function watchCarrier({ plan }: RunningNode, network: string, { watch }: HostContext) {
  const carrier = { up: undefined as boolean | undefined, unwatch: () => {} };
  carrier.unwatch = watch((event) => {
    if (event.kind === 'link' && event.node === plan.name && event.interface === network)
      carrier.up = event.up;
  });
  return carrier;
}
