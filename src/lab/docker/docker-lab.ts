/**
 * Docker as a Lab: a bridge network for each segment, a container with an agent for each node, one tap
 * that captures every segment, and a helper on the host's network that shuts them off from the host and
 * pulls cables. All of it while it is this run's turn.
 */
import { HalabError, messageOf } from '../../errors.ts';
import type { FaultOrder } from '../../fault/faults.ts';
import { commitOf, type EngineBuild, versionTexts } from '../../observe/engine-build.ts';
import type { LabEvent } from '../../observe/event.ts';
import { MacOwners } from '../../observe/mac-owners.ts';
import { tapOf } from '../../observe/witness.ts';
import { packageVersion } from '../../package-root.ts';
import type { Instant } from '../../time.ts';
import type { Engines, Injection, Lab, LabPlan, NodePlan } from '../lab.ts';
import { sweepDead } from './clean.ts';
import { type DockerConnection, withTimeout } from './connection.ts';
import { evidenceStream } from './evidence-stream.ts';
import type { RunningNode } from './faults/actions.ts';
import { dockerFaults } from './faults/faults.ts';
import { anyImage, ensureImage } from './image.ts';
import { createSegment, type DockerSegment, largestSegment, MOST_NODES } from './network.ts';
import { createNode, type DockerNode } from './node.ts';
import { ownProgram } from './own-program.ts';
import { RealClock } from './real-clock.ts';
import { removeLab } from './remove-lab.ts';
import { claimIn, prepareRouter } from './router.ts';
import { takeTurn } from './turn.ts';
import { closeFence, furnish, labProblem, setUpInterfaces, startWork } from './work.ts';

const NODE_CAPABILITIES = ['NET_ADMIN', 'NET_RAW'];
/** How long a start that is called off may take to stop. */
const SETTLE_MS = 5_000;

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
  private readonly faults = dockerFaults(this.nodes, {
    clock: this.clock,
    host: () => this.requireHost(),
    powerOn: (node) => this.powerOn(node),
  });
  private readonly owners = new MacOwners();
  private readonly take = evidenceStream({
    owners: this.owners,
    fromRemote: (at) => this.clock.fromRemote(at),
    claimIn: (event) => claimIn(event, this.nodes.get(event.node ?? '')?.plan),
    onFrame: (segment, at, frame) => this.require().onFrame(segment, at, frame),
    onEvent: (event) => this.report(event),
  });
  private readonly builds = new Map<string, EngineBuild>();
  private rising: Promise<void> | undefined;
  private closing = false;

  constructor(connection: DockerConnection) {
    this.connection = connection;
  }

  up(plan: LabPlan): Promise<void> {
    this.plan = plan;
    this.rising = this.rise(plan).catch((error: unknown) => {
      throw error instanceof HalabError ? error : labProblem('Docker', messageOf(error));
    });
    return this.rising;
  }

  inject(order: FaultOrder, at: Instant): Injection {
    return this.faults.inject(order, at);
  }

  heal(id: string): Promise<void> {
    return this.faults.heal(id);
  }

  async down(): Promise<void> {
    this.closing = true;
    // An object must exist before it can be removed; `closing` stops the rest.
    if (this.rising !== undefined) await withTimeout(this.rising, SETTLE_MS).catch(() => {});
    const nodes = [...this.nodes.values()].map(({ container }) => container);
    const { turn, segments, helpers, plan } = this;
    await removeLab(this.connection.docker, {
      // A container that was still being made when an interrupt came is found by its label.
      runId: turn === undefined ? undefined : plan?.runId,
      containers: [...helpers, ...nodes],
      networks: segments.map(({ network }) => network),
      last: turn,
      progress: (message) => plan?.progress(message),
    });
    this.turn = undefined;
  }

  environment(): Readonly<Record<string, string>> {
    return {
      world: 'docker',
      docker: this.connection.version,
      kernel: this.connection.kernel,
      daemon: this.connection.where,
      image: this.image,
      node: process.version,
      ...versionTexts(this.builds.values()),
    };
  }

  engines(): Engines {
    return Object.fromEntries([...this.builds].sort(([a], [b]) => a.localeCompare(b)));
  }

  private async rise(plan: LabPlan): Promise<void> {
    const { docker } = this.connection;
    if (largestSegment(plan) > MOST_NODES)
      throw labProblem('a segment of the Docker lab', `has at most ${MOST_NODES} nodes`);
    // Only the first image of a machine is made before the turn: without one there is no ticket.
    const ticketImage = (await anyImage(docker)) ?? (await ensureImage(docker, plan.progress));
    this.stopIfClosing();
    this.turn = await takeTurn(docker, {
      runId: plan.runId,
      image: ticketImage,
      progress: plan.progress,
      stopped: () => this.closing,
    });
    this.stopIfClosing();
    await sweepDead(this.connection, plan.progress);
    this.image = await ensureImage(docker, plan.progress);
    this.stopIfClosing();
    this.host = ticketImage === this.image ? this.turn : await this.helper('host-2', ['NET_ADMIN']);
    this.segments = await Promise.all(
      plan.segments.map(({ name }, i) => createSegment(docker, plan, name, i)),
    );
    this.stopIfClosing();
    await Promise.all([this.startTap(), ...plan.nodes.map((node) => this.startNode(node))]);
    this.stopIfClosing();
    await closeFence(this.host, this.segments);
    await Promise.all([...this.nodes.values()].map((node) => this.prepare(node)));
    this.stopIfClosing();
    // Routers start after every witness: no event of their first second is missed.
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

  /** No fault ends the tap: judgements that need it are inconclusive from now on. */
  private tapEnded(): void {
    if (this.closing) return;
    const at = this.clock.now();
    const about = { kind: 'evidence-dropped', at, source: 'lab', node: undefined } as const;
    for (const { name } of this.segments)
      this.report({ ...about, witness: tapOf(name), count: 0, why: 'ended' });
  }

  /** A container on the host's network. */
  private async helper(
    name: string,
    capabilities: readonly string[],
    onEnd?: () => void,
  ): Promise<DockerNode> {
    const container = await createNode(this.connection.docker, {
      runId: this.require().runId,
      name: `halab-${name}`,
      image: this.image,
      capabilities,
      onMessage: (message) => this.take(message, undefined),
      onEnd,
    });
    this.helpers.push(container);
    this.stopIfClosing();
    await container.start();
    return container;
  }

  private async startNode(plan: NodePlan): Promise<void> {
    const container = await createNode(this.connection.docker, {
      runId: this.require().runId,
      name: plan.name,
      image: this.image,
      networks: plan.interfaces.map(({ network }) => ({
        network: this.segment(network).network,
        address: this.segment(network).addressOf(plan.name),
      })),
      capabilities: [...NODE_CAPABILITIES, ...plan.capabilities],
      sysctls: plan.sysctls,
      onMessage: (message) => this.take(message, plan.name),
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
    node.down = false;
    const { name } = node.plan;
    const { at, interfaces } = await setUpInterfaces(node.plan, node.container.link(), (network) =>
      this.segment(network).addressOf(name),
    );
    node.peers = new Map(interfaces.map(({ network, peerIfindex }) => [network, peerIfindex]));
    const about = { at: this.clock.fromRemote(at), source: 'agent', node: name } as const;
    this.report({ kind: 'node-up', ...about, interfaces });
  }

  private async prepare({ plan, container }: RunningNode): Promise<void> {
    const { name, kind: engine, router } = plan;
    const record = (version: string | undefined): void => {
      const commit = version === undefined ? undefined : commitOf(version);
      this.builds.set(name, { engine, version, commit });
    };
    if (router !== undefined && router.version === undefined) record(packageVersion());
    await prepareRouter(plan, container.link(), {
      onVersion: record,
      progress: this.require().progress,
    });
    await furnish(plan, container.link());
  }

  private async powerOn(node: RunningNode): Promise<void> {
    await node.container.ended();
    await node.container.start();
    await this.setUp(node);
    await closeFence(this.requireHost(), this.segments);
    await this.faults.restore(node);
    await furnish(node.plan, node.container.link());
    await work(node);
  }

  private nodeEnded(name: string): void {
    const node = this.nodes.get(name);
    this.clock.wake();
    if (node === undefined || node.down || this.closing) return;
    node.down = true;
    this.report({ kind: 'node-down', at: this.clock.now(), source: 'lab', node: name });
  }

  private report(event: LabEvent): void {
    this.owners.observe(event);
    if (event.kind === 'node-down' && event.node !== undefined) {
      const node = this.nodes.get(event.node);
      if (node !== undefined) node.down = true;
    }
    this.faults.observe(event);
    this.require().onEvent(event);
    this.clock.wake();
  }

  private segment(name: string): DockerSegment {
    const found = this.segments.find((segment) => segment.name === name);
    if (found === undefined)
      throw new Error(`checked when the topology was read: there is a network ${name}`);
    return found;
  }
}

function work({ plan, container }: RunningNode): Promise<void> {
  return startWork(plan, container.link());
}
