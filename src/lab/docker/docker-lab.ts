/**
 * Docker as a Lab: a bridge network for each segment, a container with an agent for each node, one tap
 * that captures every segment, and a helper on the host's network that shuts them off from the host and
 * pulls cables. All of it while it is this run's turn.
 */
import { EXIT, HalabError, messageOf } from '../../errors.ts';
import type { Fault, FaultOrder } from '../../fault/faults.ts';
import { cutsPath } from '../../fault/path.ts';
import { buildText, commitOf, type EngineBuild } from '../../observe/engine-build.ts';
import type { LabEvent } from '../../observe/event.ts';
import { MacOwners } from '../../observe/mac-owners.ts';
import { tapOf } from '../../observe/witness.ts';
import { packageVersion } from '../../package-root.ts';
import type { Instant } from '../../time.ts';
import { injection } from '../injection.ts';
import type { Engines, Injection, InjectResult, Lab, LabPlan, NodePlan } from '../lab.ts';
import { removeNetwork, sweepDead, sweepRun } from './clean.ts';
import { type DockerConnection, withTimeout } from './connection.ts';
import { EvidenceStream } from './evidence-stream.ts';
import { closeFence } from './fence.ts';
import { anyImage, ensureImage } from './image.ts';
import { createSegment, type DockerSegment, largestSegment, MOST_NODES } from './network.ts';
import { DockerNode } from './node.ts';
import { OutsideFaults } from './outside.ts';
import { ownProgram } from './own-program.ts';
import { RealClock } from './real-clock.ts';
import { claimIn, prepareRouter } from './router.ts';
import { takeTurn } from './turn.ts';
import { furnish, startWork } from './work.ts';

const NODE_CAPABILITIES = ['NET_ADMIN', 'NET_RAW'];
/** How long a start that is called off may take to stop. */
const SETTLE_MS = 5_000;

interface RunningNode {
  readonly plan: NodePlan;
  readonly container: DockerNode;
  /** Other end of each interface, in the host's namespace. */
  peers: ReadonlyMap<string, number>;
  down: boolean;
}

export class DockerLab implements Lab {
  readonly backend = 'docker';
  readonly clock = new RealClock();
  private readonly connection: DockerConnection;
  private plan: LabPlan | undefined;
  private image = '';
  private turn: DockerNode | undefined;
  private host: DockerNode | undefined;
  private segments: DockerSegment[] = [];
  private readonly nodes = new Map<string, RunningNode>();
  private readonly helpers: DockerNode[] = [];
  private readonly outside = new OutsideFaults(this.clock, () => this.requireHost());
  private readonly owners = new MacOwners();
  private readonly evidence = new EvidenceStream({
    owners: this.owners,
    fromRemote: (at) => this.clock.fromRemote(at),
    claimIn: (event) => claimIn(event, this.nodes.get(event.node ?? '')?.plan),
    onFrame: (segment, at, frame) => this.require().onFrame(segment, at, frame),
    onEvent: (event) => this.tell(event),
  });
  private readonly builds = new Map<string, EngineBuild>();
  private readonly faults = new Map<string, Fault>();
  /** Orders, answered or not, by the fault's id. */
  private readonly under = new Map<string, Promise<InjectResult>>();
  private rising: Promise<void> | undefined;
  private closing = false;

  constructor(connection: DockerConnection) {
    this.connection = connection;
  }

  up(plan: LabPlan): Promise<void> {
    this.plan = plan;
    this.rising = this.rise(plan).catch((error: unknown) => {
      throw error instanceof HalabError ? error : problem('Docker', messageOf(error));
    });
    return this.rising;
  }

  inject(order: FaultOrder, at: Instant): Injection {
    const done = this.apply(order, at);
    this.under.set(order.id, done);
    return injection(done, () => this.clock.wake());
  }

  private async apply({ id, fault }: FaultOrder, at: Instant): Promise<InjectResult> {
    const node = this.nodes.get(fault.node);
    if (node === undefined) return { ok: false, at, because: `there is no node ${fault.node}` };
    if (node.down && cutsPath(fault)) {
      this.faults.set(id, fault);
      return { ok: true, at, evidence: `${fault.node} is off: nothing reaches it` };
    }
    if (node.down) return { ok: false, at, because: `${fault.node} is down already` };
    this.faults.set(id, fault);
    if (fault.kind === 'node.kill') return this.outside.kill(node, id, fault, at);
    if (fault.kind === 'link.down') return this.outside.pull(node, fault.network, at);
    const { at: stamp, result } = await node.container
      .link()
      .request({ kind: 'inject', faultId: id, fault, at: this.clock.toRemote(at) });
    const when = this.clock.fromRemote(stamp);
    return result.ok
      ? { ok: true, at: when, evidence: result.evidence ?? '' }
      : { ok: false, at: when, because: result.error };
  }

  async heal(id: string): Promise<void> {
    const fault = this.faults.get(id);
    this.faults.delete(id);
    const node = fault === undefined ? undefined : this.nodes.get(fault.node);
    if (fault === undefined || node === undefined) return;
    // What still goes off, or still loses its carrier, cannot be switched on.
    if (fault.kind === 'node.kill' || fault.kind === 'link.down')
      await this.under.get(id)?.catch(() => {});
    if (fault.kind === 'node.kill') {
      await this.powerOn(node);
    } else if (fault.kind === 'link.down') {
      await this.outside.plug(node, fault.network);
    } else if (!node.down) {
      await node.container.link().demand({ kind: 'heal', faultId: id, fault });
    }
  }

  async down(): Promise<void> {
    this.closing = true;
    // What is being made must be there before it can be removed; `closing` stops the rest.
    if (this.rising !== undefined) await withTimeout(this.rising, SETTLE_MS).catch(() => {});
    const { docker } = this.connection;
    const containers = [
      ...this.helpers,
      ...[...this.nodes.values()].map(({ container }) => container),
    ];
    const removals = await Promise.allSettled(containers.map((container) => container.remove()));
    const networks = this.segments.map(async ({ network }) => {
      if (await removeNetwork(docker, network)) return;
      const why = 'Docker counts a container on it that is gone; a restart of its daemon helps';
      this.plan?.progress(`network ${network} could not be removed: ${why}`);
    });
    removals.push(...(await Promise.allSettled(networks)));
    // What was still being made when an interrupt came is found by its label.
    if (this.plan !== undefined && this.turn !== undefined) await sweepRun(docker, this.plan.runId);
    await this.turn?.remove();
    this.turn = undefined;
    const failed = removals.find((one) => one.status === 'rejected');
    if (failed?.status === 'rejected') {
      throw new HalabError({
        code: 'HALAB_CLEANUP',
        message: `something could not be removed: ${messageOf(failed.reason)}`,
        hint: '`halab clean` tries again.',
        exitCode: EXIT.cleanup,
      });
    }
  }

  environment(): Readonly<Record<string, string>> {
    return {
      world: 'docker',
      docker: this.connection.version,
      kernel: this.connection.kernel,
      daemon: this.connection.where,
      image: this.image,
      node: process.version,
      ...this.versions(),
    };
  }

  engines(): Engines {
    return Object.fromEntries([...this.builds].sort(([a], [b]) => a.localeCompare(b)));
  }

  /** What each foreign engine says of itself: `keepalived: keepalived 2.2.7, keepalived 2.4.3`. */
  private versions(): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const build of this.builds.values()) {
      const text = buildText(build);
      const before = texts[build.engine];
      if (build.engine === 'halab' || before?.split(', ').includes(text) === true) continue;
      texts[build.engine] = before === undefined ? text : `${before}, ${text}`;
    }
    return texts;
  }

  private async rise(plan: LabPlan): Promise<void> {
    const { docker } = this.connection;
    if (largestSegment(plan) > MOST_NODES)
      throw problem('a segment of the Docker lab', `has at most ${MOST_NODES} nodes`);
    // Only the first image of a machine is made before the turn: without one there is no ticket.
    const ticketImage = (await anyImage(docker)) ?? (await ensureImage(docker, plan.progress));
    this.stopIfClosing();
    this.turn = await takeTurn(docker, {
      runId: plan.runId,
      image: ticketImage,
      progress: plan.progress,
      stopped: () => this.closing,
      onMessage: () => {},
      onEnd: () => {},
    });
    this.stopIfClosing();
    await sweepDead(this.connection, plan.progress);
    this.image = await ensureImage(docker, plan.progress);
    this.stopIfClosing();
    this.host = ticketImage === this.image ? this.turn : await this.helper('host-2', ['NET_ADMIN']);
    this.segments = await Promise.all(
      plan.segments.map(({ name }, i) => createSegment(docker, plan.runId, name, i)),
    );
    this.stopIfClosing();
    await Promise.all([this.startTap(), ...plan.nodes.map((node) => this.startNode(node))]);
    this.stopIfClosing();
    await closeFence(this.host, this.segments);
    await Promise.all([...this.nodes.values()].map((node) => this.prepare(node)));
    this.stopIfClosing();
    // Routers only when every watcher is in place: nothing of their first second is missed.
    await Promise.all([...this.nodes.values()].map(work));
  }

  private stopIfClosing(): void {
    if (this.closing) throw new Error('the lab is being taken down');
  }

  private require(): LabPlan {
    if (this.plan === undefined) throw new Error('up comes first');
    return this.plan;
  }

  private requireHost(): DockerNode {
    if (this.host === undefined) throw new Error('up comes first');
    return this.host;
  }

  private async startTap(): Promise<void> {
    const tap = await this.helper('tap', ['NET_RAW'], () => this.tapEnded());
    if (this.connection.remote)
      await this.clock.measureOffset(async () => (await tap.link().request({ kind: 'ping' })).at);
    await tap.link().demand({
      kind: 'capture',
      segments: this.segments.map(({ name, bridge }) => ({ segment: name, interface: bridge })),
    });
  }

  /** No fault ends the tap: whatever stands on it is open from now on. */
  private tapEnded(): void {
    if (this.closing) return;
    const at = this.clock.now();
    const about = { kind: 'evidence-dropped', at, source: 'lab', node: undefined } as const;
    for (const { name } of this.segments)
      this.tell({ ...about, witness: tapOf(name), count: 0, why: 'ended' });
  }

  /** A container on the host's network. */
  private async helper(
    name: string,
    capabilities: readonly string[],
    onEnd: () => void = () => {},
  ): Promise<DockerNode> {
    const container = await DockerNode.create(this.connection.docker, {
      runId: this.require().runId,
      name: `halab-${name}`,
      image: this.image,
      networks: [],
      capabilities,
      sysctls: {},
      onMessage: (message) => this.evidence.take(message, undefined),
      onEnd,
    });
    this.helpers.push(container);
    this.stopIfClosing();
    await container.start();
    return container;
  }

  private async startNode(plan: NodePlan): Promise<void> {
    const container = await DockerNode.create(this.connection.docker, {
      runId: this.require().runId,
      name: plan.name,
      image: this.image,
      networks: plan.interfaces.map(({ network }) => ({
        network: this.segment(network).network,
        address: this.dockerAddress(plan.name, network),
      })),
      capabilities: [...NODE_CAPABILITIES, ...plan.capabilities],
      sysctls: plan.sysctls,
      onMessage: (message) => this.evidence.take(message, plan.name),
      onEnd: () => this.nodeEnded(plan.name),
    });
    const node: RunningNode = { plan, container, peers: new Map(), down: true };
    this.nodes.set(plan.name, node);
    this.stopIfClosing();
    if (plan.program !== undefined) await container.bring(ownProgram(plan.program));
    await container.start();
    await this.setUp(node);
  }

  private async setUp(node: RunningNode): Promise<void> {
    const { plan, container } = node;
    node.down = false;
    const interfaces = plan.interfaces.map(({ network, addresses }) => ({
      network,
      dockerAddress: this.dockerAddress(plan.name, network),
      addresses,
    }));
    const { at, result } = await container
      .link()
      .request({ kind: 'setup', node: plan.name, interfaces });
    if (!result.ok) throw problem(plan.name, result.error);
    const ready = result.interfaces ?? [];
    node.peers = new Map(ready.map(({ network, peerIfindex }) => [network, peerIfindex]));
    this.tell({
      kind: 'node-up',
      at: this.clock.fromRemote(at),
      source: 'agent',
      node: plan.name,
      interfaces: ready,
    });
  }

  private async prepare({ plan, container }: RunningNode): Promise<void> {
    const { name, kind: engine, router } = plan;
    const told = (version: string | undefined): void => {
      const commit = version === undefined ? undefined : commitOf(version);
      this.builds.set(name, { engine, version, commit });
    };
    if (router !== undefined && router.version === undefined) told(packageVersion());
    await prepareRouter(plan, container.link(), {
      onVersion: told,
      progress: this.require().progress,
    });
    await furnish(plan, container.link());
  }

  private async powerOn(node: RunningNode): Promise<void> {
    await node.container.ended();
    await node.container.start();
    await this.setUp(node);
    await closeFence(this.requireHost(), this.segments);
    await this.restore(node);
    await furnish(node.plan, node.container.link());
    await work(node);
  }

  /** What the faults that are in force have made of the node; what was healed while it was off is undone. */
  private async restore({ plan, container }: RunningNode): Promise<void> {
    const faults = [...this.faults].filter(([, { node }]) => node === plan.name);
    const changed = faults.flatMap(([, fault]) =>
      fault.kind === 'process.reload' ? (fault.change?.files ?? []) : [],
    );
    await container.link().demand({ kind: 'write', files: [...plan.files, ...changed] });
    for (const [faultId, fault] of faults)
      if (cutsPath(fault)) void container.link().request({ kind: 'inject', faultId, fault, at: 0 });
  }

  private nodeEnded(name: string): void {
    const node = this.nodes.get(name);
    this.clock.wake();
    if (node === undefined || node.down || this.closing) return;
    node.down = true;
    this.tell({ kind: 'node-down', at: this.clock.now(), source: 'lab', node: name });
  }

  private tell(event: LabEvent): void {
    this.owners.observe(event);
    if (event.kind === 'node-down' && event.node !== undefined) {
      const node = this.nodes.get(event.node);
      if (node !== undefined) node.down = true;
    }
    this.outside.observe(event);
    this.require().onEvent(event);
    this.clock.wake();
  }

  private segment(name: string): DockerSegment {
    const found = this.segments.find((one) => one.name === name);
    if (found === undefined)
      throw new Error(`checked when the topology was read: there is a network ${name}`);
    return found;
  }

  private dockerAddress(node: string, network: string) {
    const onIt = this.require().nodes.filter(({ interfaces }) =>
      interfaces.some((one) => one.network === network),
    );
    return this.segment(network).addressOf(onIt.findIndex(({ name }) => name === node));
  }
}

function work({ plan, container }: RunningNode): Promise<void> {
  return startWork(plan, container.link());
}

function problem(what: string, why: string): HalabError {
  return new HalabError({
    code: 'HALAB_DOCKER_LAB',
    message: `${what}: ${why}`,
    hint: '',
    exitCode: EXIT.environment,
  });
}
