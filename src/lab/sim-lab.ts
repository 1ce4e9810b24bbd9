/**
 * The simulator as a Lab: the plan that Docker gets, in virtual time. Ownership is never read from the
 * engines: like a real lab, this one only reports addresses, frames and replies.
 */
import type { Fault, FaultOrder } from '../fault/fault.ts';
import { forgedAdvert } from '../fault/forge.ts';
import { VRRP_GROUP, VRRP_TTL } from '../net/vrrp-packet.ts';
import { random } from '../random.ts';
import { Kernel } from '../sim/kernel.ts';
import { startProbe } from '../sim/probe.ts';
import { RouterHost, readRendered } from '../sim/router-host.ts';
import { Switch } from '../sim/switch.ts';
import { World } from '../sim/world.ts';
import { type Instant, milliseconds, plus, seconds } from '../time.ts';
import type { InjectResult, Lab, LabClock, LabPlan, NodePlan } from './lab.ts';

/** From power-on to a running agent, and from the agent to the router process. */
const BOOT = milliseconds(300);
const PROCESS_START = milliseconds(60);
/** How long a packet filter may wait for its first packet. */
const FILTER_PATIENCE = seconds(5);

interface SimNode {
  readonly plan: NodePlan;
  readonly kernel: Kernel;
  readonly router: RouterHost | undefined;
}

type Effect = { readonly evidence: string } | { readonly because: string };

export class SimLab implements Lab {
  readonly backend = 'sim';
  readonly clock: LabClock;
  private readonly world = new World();
  private readonly nodes = new Map<string, SimNode>();
  private readonly faults = new Map<string, Fault>();
  private seed = 0;
  /** Something was observed since `done` was last asked. */
  private news = true;

  constructor() {
    this.clock = {
      now: () => this.world.now(),
      runUntil: (deadline, done) => Promise.resolve(this.runUntil(deadline, done ?? (() => false))),
    };
  }

  up(plan: LabPlan): Promise<void> {
    this.seed = plan.seed;
    const source = random(plan.seed, 'sim');
    const emit = (event: Parameters<LabPlan['onEvent']>[0]): void => {
      this.news = true;
      plan.onEvent(event);
    };
    const switches = new Map(
      plan.segments.map(({ name }) => [
        name,
        new Switch(name, this.world, source.fork(`switch/${name}`), {
          emit,
          capture: plan.onFrame,
        }),
      ]),
    );
    for (const node of plan.nodes) {
      const kernel = new Kernel(node.name, this.world, emit);
      for (const { network, addresses } of node.interfaces) {
        const to = switches.get(network);
        if (to !== undefined) kernel.attach(to, addresses, plan.name);
      }
      const [file] = node.files;
      const router =
        node.router === undefined || file === undefined
          ? undefined
          : new RouterHost(node.name, kernel, readRendered(file), {
              world: this.world,
              random: source.fork(`node/${node.name}`),
              emit,
            });
      this.nodes.set(node.name, { plan: node, kernel, router });
    }
    for (const node of this.nodes.values()) {
      node.kernel.powerOn();
      this.world.after(PROCESS_START, () => node.router?.start());
    }
    this.startProbes(plan, emit);
    return Promise.resolve();
  }

  inject({ id, fault }: FaultOrder, at: Instant): Promise<InjectResult> {
    this.runUntil(at, () => false);
    const now = this.world.now();
    const node = this.nodes.get(fault.node);
    if (node === undefined)
      return Promise.resolve({ ok: false, at: now, because: `there is no node ${fault.node}` });
    const effect = apply(node, fault);
    if ('because' in effect)
      return Promise.resolve({ ok: false, at: now, because: effect.because });
    this.faults.set(id, fault);
    if (fault.kind === 'vrrp.forge') this.forge(id, fault, node.kernel);
    if (fault.kind === 'vrrp.block' && !this.meetsFilter(node.kernel)) {
      return Promise.resolve({
        ok: false,
        at: now,
        because: 'no packet of protocol 112 met the filter',
      });
    }
    return Promise.resolve({ ok: true, at: now, evidence: effect.evidence });
  }

  heal(id: string): Promise<void> {
    const fault = this.faults.get(id);
    this.faults.delete(id);
    const node = fault === undefined ? undefined : this.nodes.get(fault.node);
    if (fault !== undefined && node !== undefined) this.undo(node, fault);
    return Promise.resolve();
  }

  down(): Promise<void> {
    this.nodes.clear();
    return Promise.resolve();
  }

  environment(): Readonly<Record<string, string>> {
    return { world: 'simulator', seed: String(this.seed), profile: 'rfc9568' };
  }

  /** As long as the fault is not healed. */
  private forge(
    id: string,
    { forgery }: Extract<Fault, { kind: 'vrrp.forge' }>,
    kernel: Kernel,
  ): void {
    if (!this.faults.has(id)) return;
    const { source, network } = forgery;
    const about = { family: 4, source, destination: VRRP_GROUP[4], ttl: VRRP_TTL } as const;
    kernel.sendVrrp(network, { ...about, message: forgedAdvert(forgery) });
    this.world.after(forgery.every, () =>
      this.forge(id, { kind: 'vrrp.forge', node: '', forgery }, kernel),
    );
  }

  /** A filter that nothing meets has no effect. */
  private meetsFilter(kernel: Kernel): boolean {
    const before = kernel.dropped;
    this.runUntil(plus(this.world.now(), FILTER_PATIENCE), () => kernel.dropped > before);
    return kernel.dropped > before;
  }

  private startProbes(plan: LabPlan, emit: LabPlan['onEvent']): void {
    for (const { plan: node, kernel } of this.nodes.values()) {
      for (const probe of node.probes) {
        const answering = plan.nodes.filter(({ respond }) =>
          respond.some(({ address }) => address === probe.to),
        );
        const responders = new Set(answering.map(({ name }) => name));
        const surroundings = {
          world: this.world,
          random: random(plan.seed, `probe/${probe.name}`),
          emit,
        };
        const frames = startProbe({ ...probe, responders }, kernel, surroundings);
        if (frames !== undefined) plan.onFrameSource(frames.segment, frames.frames);
      }
    }
  }

  private runUntil(deadline: Instant, done: () => boolean): boolean {
    if (done()) return true;
    this.news = false;
    return (
      this.world.runUntil(deadline, () => {
        if (!this.news) return false;
        this.news = false;
        return done();
      }) || done()
    );
  }

  private undo({ kernel, router }: SimNode, fault: Fault): void {
    const restart = (): void => {
      if (router !== undefined && kernel.up && !router.running()) router.start();
    };
    switch (fault.kind) {
      case 'node.kill':
        this.world.after(BOOT, () => {
          kernel.powerOn();
          this.world.after(PROCESS_START, restart);
        });
        return;
      case 'node.stop':
      case 'process.kill':
        this.world.after(PROCESS_START, restart);
        return;
      case 'process.pause':
        router?.resume();
        return;
      case 'link.down':
        kernel.setCarrier(fault.network, true);
        return;
      case 'vrrp.block':
        kernel.blocked.clear();
        return;
      case 'vrrp.forge':
        return; // the next advert is not sent: the fault is no longer known
    }
  }
}

function apply({ kernel, router }: SimNode, fault: Fault): Effect {
  switch (fault.kind) {
    case 'node.kill':
      if (!kernel.up) return { because: 'the node is down already' };
      router?.powerOff();
      kernel.powerOff();
      return { evidence: 'the node is gone' };
    case 'node.stop':
      return router?.stop() === true
        ? { evidence: 'SIGTERM was delivered' }
        : { because: 'no router process runs' };
    case 'process.kill':
      return router?.kill(fault.process) === true
        ? { evidence: `${fault.process} killed` }
        : { because: `no process ${fault.process} runs` };
    case 'process.pause':
      return router?.pause(fault.process) === true
        ? { evidence: `${fault.process} stopped` }
        : { because: `no process ${fault.process} runs` };
    case 'link.down':
      if (!kernel.interface(fault.network).up)
        return { because: `${fault.network} has no carrier already` };
      kernel.setCarrier(fault.network, false);
      return { evidence: `carrier lost on ${fault.network}` };
    case 'vrrp.block':
      if (!kernel.up) return { because: 'the node is down' };
      if (fault.direction !== 'out') kernel.blocked.add('in');
      if (fault.direction !== 'in') kernel.blocked.add('out');
      return { evidence: `protocol 112 filtered ${fault.direction}` };
    case 'vrrp.forge':
      return kernel.up
        ? { evidence: `adverts in the name of VRID ${fault.forgery.vrid} are sent` }
        : { because: 'the node is down' };
    default:
      return { because: `${fault.kind} is unknown to the simulator` };
  }
}
