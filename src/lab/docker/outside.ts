/**
 * Faults that strike a node of the Docker lab from outside: the power goes, a cable is pulled. Both count
 * only when the node's own end of it was seen.
 */
import type { Fault } from '../../fault/faults.ts';
import type { LabEvent } from '../../observe/event.ts';
import { type Instant, instant } from '../../time.ts';
import type { InjectResult } from '../lab.ts';
import type { DockerNode } from './node.ts';
import type { RealClock } from './real-clock.ts';

/** A killed node must be seen to end, a link to lose its carrier, within this. */
const END_MS = 5_000;

export interface StruckNode {
  readonly plan: { readonly name: string };
  readonly container: DockerNode;
  /** Other end of each interface, in the host's namespace. */
  readonly peers: ReadonlyMap<string, number>;
}

export class OutsideFaults {
  private readonly clock: RealClock;
  private readonly host: () => DockerNode;
  private readonly watchers = new Set<(event: LabEvent) => void>();

  /** `host`: the container on the host's network that may set interfaces up and down. */
  constructor(clock: RealClock, host: () => DockerNode) {
    this.clock = clock;
    this.host = host;
  }

  /** Everything the lab tells. */
  observe(event: LabEvent): void {
    for (const watcher of this.watchers) watcher(event);
  }

  /** The agent stamps its own death; the end of its stream confirms it. */
  async kill(node: StruckNode, id: string, fault: Fault, at: Instant): Promise<InjectResult> {
    const { container, plan } = node;
    let stamp: Instant | undefined;
    const unwatch = this.watch((event) => {
      if (event.kind === 'node-down' && event.node === plan.name) stamp = event.at;
    });
    void container
      .link()
      .request({ kind: 'inject', faultId: id, fault, at: this.clock.toRemote(at) });
    const limit = instant(Math.max(at, this.clock.now()) + END_MS * 1_000);
    const ended = await this.clock.runUntil(
      limit,
      () => stamp !== undefined && !container.running(),
    );
    unwatch();
    return ended && stamp !== undefined
      ? { ok: true, at: stamp, evidence: 'the agent stamped its end and the container ended' }
      : {
          ok: false,
          at: this.clock.now(),
          because: `the container did not end within ${END_MS / 1_000} s`,
        };
  }

  async pull({ plan, peers }: StruckNode, network: string, at: Instant): Promise<InjectResult> {
    const ifindex = peers.get(network) ?? 0;
    let lost = false;
    const unwatch = this.watch((event) => {
      const here = event.kind === 'link' && event.node === plan.name;
      if (here && event.interface === network && !event.up) lost = true;
    });
    const { at: stamp, result } = await this.host()
      .link()
      .request({ kind: 'cable', ifindex, up: false, at: this.clock.toRemote(at) });
    const when = this.clock.fromRemote(stamp);
    if (!result.ok) return { ok: false, at: when, because: result.error };
    await this.clock.runUntil(instant(when + END_MS * 1_000), () => lost);
    unwatch();
    return lost
      ? { ok: true, at: when, evidence: `${plan.name} lost its carrier on ${network}` }
      : { ok: false, at: when, because: `${plan.name} noticed no loss of carrier` };
  }

  /** Resolves when the node, if it runs, has its carrier again. */
  async plug({ plan, peers, container }: StruckNode, network: string): Promise<void> {
    let there = false;
    const unwatch = this.watch((event) => {
      const here = event.kind === 'link' && event.node === plan.name;
      if (here && event.interface === network) there = event.up;
    });
    await this.host()
      .link()
      .demand({ kind: 'cable', ifindex: peers.get(network) ?? 0, up: true, at: 0 });
    const limit = instant(this.clock.now() + END_MS * 1_000);
    const up = await this.clock.runUntil(limit, () => there || !container.running());
    unwatch();
    if (!up) throw new Error(`${plan.name} noticed no carrier on ${network}`);
  }

  private watch(watcher: (event: LabEvent) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}
