/** The faults of a Docker lab: some are done from outside a node, the rest by its agent. */
import type { Fault, FaultKind, FaultOf, FaultOrder } from '../../../fault/faults.ts';
import { cutsPath } from '../../../fault/path.ts';
import type { LabEvent } from '../../../observe/event.ts';
import type { Instant } from '../../../time.ts';
import type { Injection, InjectResult } from '../../lab.ts';
import type { HostActions, HostContext, RunningNode } from './actions.ts';
import { LINK_FAULTS } from './link.ts';
import { NODE_FAULTS } from './node.ts';

/** Done from outside. Whatever is not here, the agent does or cannot do. */
export const HOST_FAULTS: { readonly [K in FaultKind]?: HostActions<FaultOf<K>> } = {
  ...NODE_FAULTS,
  ...LINK_FAULTS,
};

export function dockerFaults(
  nodes: ReadonlyMap<string, RunningNode>,
  environment: Omit<HostContext, 'watch'>,
) {
  const { clock } = environment;
  const watchers = new Set<(event: LabEvent) => void>();
  /** In force. */
  const faults = new Map<string, Fault>();
  /** Orders, answered or not. */
  const orders = new Map<string, Promise<InjectResult>>();
  const context: HostContext = {
    ...environment,
    watch: (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
  const apply = async ({ id, fault }: FaultOrder, at: Instant): Promise<InjectResult> => {
    const node = nodes.get(fault.node);
    if (node === undefined) return { ok: false, at, because: `there is no node ${fault.node}` };
    if (node.down && !cutsPath(fault))
      return { ok: false, at, because: `${fault.node} is down already` };
    faults.set(id, fault);
    if (node.down) return { ok: true, at, evidence: `${fault.node} is off: nothing reaches it` };
    const actions = actionsOf(fault);
    if (actions !== undefined) return actions.apply({ id, fault, node }, at, context);
    const order = { kind: 'inject', faultId: id, fault, at: clock.toRemote(at) } as const;
    const { at: stamp, result } = await node.container.link().request(order);
    const when = clock.fromRemote(stamp);
    return result.ok
      ? { ok: true, at: when, evidence: result.evidence ?? '' }
      : { ok: false, at: when, because: result.error };
  };
  return {
    /** Every event that the lab reports. */
    observe: (event: LabEvent): void => {
      for (const watcher of watchers) watcher(event);
    },
    inject: (order: FaultOrder, at: Instant): Injection => {
      const done = apply(order, at);
      orders.set(order.id, done);
      return injection(done, () => clock.wake());
    },
    heal: async (id: string): Promise<void> => {
      const fault = faults.get(id);
      faults.delete(id);
      const node = nodes.get(fault?.node ?? '');
      if (fault === undefined || node === undefined) return;
      const actions = actionsOf(fault);
      if (actions !== undefined) {
        // A node that still goes off, or a link that still loses its carrier, cannot be switched on.
        await orders.get(id)?.catch(() => {});
        await actions.undo({ id, fault, node }, context);
      } else if (!node.down) {
        await node.container.link().demand({ kind: 'heal', faultId: id, fault });
      }
    },
    /** Applies the active faults to a booted node, and undoes faults that were healed meanwhile. */
    restore: async ({ plan, container }: RunningNode): Promise<void> => {
      const own = [...faults].filter(([, { node }]) => node === plan.name);
      const changed = own.flatMap(([, fault]) =>
        fault.kind === 'process.reload' ? (fault.change?.files ?? []) : [],
      );
      await container.link().demand({ kind: 'write', files: [...plan.files, ...changed] });
      for (const [faultId, fault] of own)
        if (cutsPath(fault))
          void container.link().request({ kind: 'inject', faultId, fault, at: 0 });
    },
  };
}

/** Its outcome arrives later and wakes what waits on the clock. */
function injection(result: Promise<InjectResult>, wake: () => void): Injection {
  let outcome = (): InjectResult | undefined => undefined;
  void result
    .then(
      (seen) => {
        outcome = () => seen;
      },
      (error: unknown) => {
        outcome = () => {
          throw error;
        };
      },
    )
    .then(wake);
  return { outcome: () => outcome() };
}

function actionsOf(fault: Fault): HostActions<Fault> | undefined {
  return HOST_FAULTS[fault.kind];
}
