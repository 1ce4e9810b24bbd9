/**
 * The simulator as a Lab: it runs the same plan as Docker, in virtual time. Ownership is never read from the engines: as
 * a real lab, it reports only addresses, frames and replies.
 */
import { type Cannot, isCannot } from '../../fault/capability.ts';
import type { Fault, FaultOrder } from '../../fault/faults.ts';
import type { ProfileName } from '../../observe/election.ts';
import { packageVersion } from '../../package-root.ts';
import { random } from '../../random.ts';
import {
  type Actions,
  type Effect,
  type FaultyNode,
  PROCESS_START,
} from '../../sim/faults/actions.ts';
import { SIM_FAULTS } from '../../sim/faults/faults.ts';
import { startHttpProbe } from '../../sim/http-probe.ts';
import type { Internet } from '../../sim/journey.ts';
import { Kernel } from '../../sim/kernel.ts';
import { startProbe } from '../../sim/probe.ts';
import { RouterHost, readRendered } from '../../sim/router-host.ts';
import { newService } from '../../sim/services.ts';
import { Switch } from '../../sim/switch.ts';
import { World } from '../../sim/world.ts';
import { type Instant, plus, seconds } from '../../time.ts';
import type { Engines, Injection, InjectResult, Lab, LabClock, LabPlan, NodePlan } from '../lab.ts';
import { simScripts } from './scripts.ts';
import { simWitnesses } from './witnesses.ts';

/** The sysctl of a router that forwards; IPv6 goes with it. */
const FORWARDS = 'net.ipv4.ip_forward';
/** How long a fault may wait for the first packet or question that meets it. */
const FILTER_PATIENCE = seconds(5);

type SimNode = FaultyNode & { readonly plan: NodePlan };

/** The outcome of a fault; `met`: the number of packets, requests or runs that met it. */
interface Applied {
  readonly at: Instant;
  readonly effect: Effect;
  readonly met: (() => number) | undefined;
}

export class SimLab implements Lab {
  readonly backend = 'sim';
  readonly clock: LabClock;
  private readonly world = new World();
  private readonly nodes = new Map<string, SimNode>();
  private readonly faults = new Map<string, Fault>();
  /** Injections without an outcome when the clock last started. */
  private injections: Injection[] = [];
  private seed = 0;
  /** Whether an event has come since `done` was last called. */
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
    const witnesses = simWitnesses((event) => {
      this.news ||= event.kind !== 'heartbeat';
      plan.onEvent(event);
    });
    const { report: emit } = witnesses;
    const switches = new Map(
      plan.segments.map(({ name }) => [
        name,
        new Switch(name, this.world, source.fork(`switch/${name}`), {
          emit,
          capture: plan.onFrame,
        }),
      ]),
    );
    const kernels = new Map<string, Kernel>();
    const net: Internet = { kernels, random: source.fork('net'), world: this.world, emit };
    for (const node of plan.nodes) {
      const kernel = new Kernel(node.name, this.world, emit);
      kernel.services = node.services.map(newService);
      kernel.gateways = node.gateways;
      kernel.forwards = node.sysctls[FORWARDS] === '1';
      kernels.set(node.name, kernel);
      for (const { network, addresses } of node.interfaces) {
        const to = switches.get(network);
        if (to !== undefined) kernel.attach(to, addresses, plan.name);
      }
      const scripts = simScripts(kernel, this.world, node.scripts);
      const [file] = node.files;
      const router =
        node.router === undefined || file === undefined
          ? undefined
          : new RouterHost(kernel, readRendered(file), {
              random: source.fork(`node/${node.name}`),
              net,
              runScript: scripts.run,
              profile: profileOf(node.kind),
            });
      this.nodes.set(node.name, { plan: node, kernel, router, scripts, world: this.world });
    }
    for (const node of this.nodes.values()) {
      node.kernel.powerOn();
      this.world.after(PROCESS_START, () => node.router?.start());
    }
    this.startProbes(plan, emit, witnesses.probes);
    for (const { plan: node, kernel } of this.nodes.values())
      for (const probe of node.httpProbes) startHttpProbe(probe, kernel, net);
    witnesses.start(
      this.world,
      plan.segments.map(({ name }) => name),
      () => [...kernels.values()].filter(({ up }) => up).map(({ name }) => name),
    );
    return Promise.resolve();
  }

  inject(order: FaultOrder, at: Instant): Injection {
    let applied: Applied | undefined;
    const injection = { outcome: () => (applied === undefined ? undefined : this.seen(applied)) };
    this.injections.push(injection);
    this.world.at(at, () => {
      applied = this.apply(order);
    });
    return injection;
  }

  private apply({ id, fault }: FaultOrder): Applied {
    const at = this.world.now();
    const refuse = (because: string): Applied => ({ at, effect: { because }, met: undefined });
    const node = this.nodes.get(fault.node);
    if (node === undefined) return refuse(`there is no node ${fault.node}`);
    const actions: Actions<Fault> | Cannot = SIM_FAULTS[fault.kind];
    if (isCannot(actions)) return refuse(actions.cannot);
    const order = { id, fault, inForce: () => this.faults.has(id) };
    this.faults.set(id, fault);
    const effect = actions.apply(order, node);
    const failed = 'because' in effect;
    if (failed) this.faults.delete(id);
    return { at, effect, met: failed ? undefined : actions.met?.(order, node) };
  }

  /** A fault that no packet, request or run has met has no effect. */
  private seen({ at, effect, met }: Applied): InjectResult | undefined {
    if ('because' in effect) return { ok: false, at, ...effect };
    if (met === undefined || met() > 0) return { ok: true, at, ...effect };
    if (this.world.now() < plus(at, FILTER_PATIENCE)) return undefined;
    return { ok: false, at, because: 'nothing met it within 5 s' };
  }

  heal(id: string): Promise<void> {
    const fault = this.faults.get(id);
    this.faults.delete(id);
    const node = this.nodes.get(fault?.node ?? '');
    if (fault === undefined || node === undefined) return Promise.resolve();
    const actions: Actions<Fault> | Cannot = SIM_FAULTS[fault.kind];
    const others = [...this.faults.values()].filter((other) => other.node === fault.node);
    if (!isCannot(actions)) actions.undo?.({ id, fault, inForce: () => false }, node, others);
    return Promise.resolve();
  }

  down(): Promise<void> {
    this.nodes.clear();
    return Promise.resolve();
  }

  environment(): Readonly<Record<string, string>> {
    const routers = [...this.nodes.values()].filter(({ router }) => router !== undefined);
    const profiles = new Set(routers.map(({ plan }) => profileOf(plan.kind)));
    return { world: 'simulator', seed: String(this.seed), profile: [...profiles].join(', ') };
  }

  /** The simulator always hosts halab's engine. */
  engines(): Engines {
    const build = { engine: 'halab', version: packageVersion(), commit: undefined };
    const routers = [...this.nodes].filter(([, { router }]) => router !== undefined);
    return Object.fromEntries(routers.map(([name]) => [name, build]));
  }

  private startProbes(
    plan: LabPlan,
    emit: LabPlan['onEvent'],
    segments: Map<string, string>,
  ): void {
    for (const { plan: node, kernel } of this.nodes.values()) {
      for (const probe of node.probes) {
        const answering = plan.nodes.filter(({ respond }) =>
          respond.some(({ address }) => address === probe.to),
        );
        const responders = new Set(answering.map(({ name }) => name));
        const source = random(plan.seed, `probe/${probe.name}`);
        const context = { world: this.world, random: source, emit };
        const frames = startProbe({ ...probe, responders }, kernel, context);
        if (frames === undefined) continue;
        segments.set(probe.name, frames.segment);
        plan.onFrameSource(frames.segment, frames.frames);
      }
    }
  }

  private runUntil(deadline: Instant, done: () => boolean): boolean {
    if (done()) return true;
    this.news = false;
    this.injections = this.injections.filter(({ outcome }) => outcome() === undefined);
    const open = this.injections.length > 0;
    return (
      this.world.runUntil(deadline, () => {
        if (!this.news && !open) return false;
        this.news = false;
        return done();
      }) || done()
    );
  }
}

/** The profile that a router of this kind follows. */
function profileOf(kind: string): ProfileName {
  return kind === 'keepalived' || kind === 'frr' ? kind : 'rfc9568';
}
