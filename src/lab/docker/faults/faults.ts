/** The faults of a Docker lab: some are done from outside a node, the rest by its agent. */
import type { Fault, FaultKind, FaultOf, FaultOrder } from '../../../fault/faults.ts';
import { cutsPath } from '../../../fault/path.ts';
import type { LabEvent } from '../../../observe/event.ts';
import type { Instant } from '../../../time.ts';
import { injection } from '../../injection.ts';
import type { Injection, InjectResult } from '../../lab.ts';
import type { HostActions, HostContext, RunningNode } from './actions.ts';
import { LINK_FAULTS } from './link.ts';
import { NODE_FAULTS } from './node.ts';

/** Done from outside. Whatever is not here, the agent does or cannot do. */
export const HOST_FAULTS: { readonly [K in FaultKind]?: HostActions<FaultOf<K>> } = {
  ...NODE_FAULTS,
  ...LINK_FAULTS,
};

export class DockerFaults {
  private readonly nodes: ReadonlyMap<string, RunningNode>;
  private readonly context: HostContext;
  private readonly watchers = new Set<(event: LabEvent) => void>();
  /** In force. */
  private readonly faults = new Map<string, Fault>();
  /** Orders, answered or not. */
  private readonly orders = new Map<string, Promise<InjectResult>>();

  constructor(nodes: ReadonlyMap<string, RunningNode>, context: Omit<HostContext, 'watch'>) {
    this.nodes = nodes;
    this.context = {
      ...context,
      watch: (watcher) => {
        this.watchers.add(watcher);
        return () => this.watchers.delete(watcher);
      },
    };
  }

  /** Every event that the lab reports. */
  observe(event: LabEvent): void {
    for (const watcher of this.watchers) watcher(event);
  }

  inject(order: FaultOrder, at: Instant): Injection {
    const done = this.apply(order, at);
    this.orders.set(order.id, done);
    return injection(done, () => this.context.clock.wake());
  }

  private async apply({ id, fault }: FaultOrder, at: Instant): Promise<InjectResult> {
    const node = this.nodes.get(fault.node);
    if (node === undefined) return { ok: false, at, because: `there is no node ${fault.node}` };
    if (node.down && !cutsPath(fault))
      return { ok: false, at, because: `${fault.node} is down already` };
    this.faults.set(id, fault);
    if (node.down) return { ok: true, at, evidence: `${fault.node} is off: nothing reaches it` };
    const actions = actionsOf(fault);
    if (actions !== undefined) return actions.apply({ id, fault, node }, at, this.context);
    const { clock } = this.context;
    const { at: stamp, result } = await node.container
      .link()
      .request({ kind: 'inject', faultId: id, fault, at: clock.toRemote(at) });
    const when = clock.fromRemote(stamp);
    return result.ok
      ? { ok: true, at: when, evidence: result.evidence ?? '' }
      : { ok: false, at: when, because: result.error };
  }

  async heal(id: string): Promise<void> {
    const fault = this.faults.get(id);
    this.faults.delete(id);
    const node = fault === undefined ? undefined : this.nodes.get(fault.node);
    if (fault === undefined || node === undefined) return;
    const actions = actionsOf(fault);
    if (actions !== undefined) {
      // A node that still goes off, or a link that still loses its carrier, cannot be switched on.
      await this.orders.get(id)?.catch(() => {});
      await actions.undo({ id, fault, node }, this.context);
    } else if (!node.down) {
      await node.container.link().demand({ kind: 'heal', faultId: id, fault });
    }
  }

  /** Puts a node that has booted into the state that the faults in force imply; what was healed meanwhile is undone. */
  async restore({ plan, container }: RunningNode): Promise<void> {
    const faults = [...this.faults].filter(([, { node }]) => node === plan.name);
    const changed = faults.flatMap(([, fault]) =>
      fault.kind === 'process.reload' ? (fault.change?.files ?? []) : [],
    );
    await container.link().demand({ kind: 'write', files: [...plan.files, ...changed] });
    for (const [faultId, fault] of faults)
      if (cutsPath(fault)) void container.link().request({ kind: 'inject', faultId, fault, at: 0 });
  }
}

function actionsOf(fault: Fault): HostActions<Fault> | undefined {
  return HOST_FAULTS[fault.kind];
}
