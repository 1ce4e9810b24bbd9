/**
 * halabd on a simulated node: the twin of `daemon/`. A parent that restarts its vrrp child, and the
 * child that feeds the pure engine with packets, link changes and (slightly late) wake-ups, and does
 * what it asks for through the node's kernel.
 */
import { parseConfig } from '../engine/core/conf-parser.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import {
  createSupervisor,
  type SupervisorEffect,
  type SupervisorInput,
  type SupervisorState,
  stepSupervisor,
} from '../engine/core/supervisor.ts';
import type { InterfaceStatus, VrrpEffect, VrrpInput } from '../engine/vrrp/io.ts';
import { stepRouter } from '../engine/vrrp/router.ts';
import { createRouter, nextRouterDeadline, type RouterState } from '../engine/vrrp/router-state.ts';
import type { ProcessRole } from '../fault/fault.ts';
import { splitAh } from '../net/ah.ts';
import type { Random } from '../random.ts';
import { type Instant, micros, milliseconds, plus } from '../time.ts';
import type { Kernel } from './kernel.ts';
import type { Emit } from './switch.ts';
import type { World } from './world.ts';

/** Packets a stopped process may find in its socket when it goes on. */
const BACKLOG = 1_000;
/** A script that does nothing takes this long. */
const SCRIPT_RUN = milliseconds(2);
/** A timer fires this late: the event loop's granularity, as measured of halabd. */
const LATENESS_LEAST = 60;
const LATENESS_SPREAD = 500;
/** From the fork to the first instruction of a child's engine. */
const CHILD_START = milliseconds(90);

/** The configuration a node's keepalived.conf stands for; the file was rendered, so it has no errors. */
export function readRendered(file: { readonly path: string; readonly text: string }): DaemonConfig {
  return parseConfig(file.text, file.path).config;
}

type Life = 'dead' | 'running' | 'paused';

export class RouterHost {
  private readonly node: string;
  private readonly kernel: Kernel;
  private readonly config: DaemonConfig;
  private readonly world: World;
  private readonly random: Random;
  private readonly emit: Emit;
  private parent: Life = 'dead';
  private child: Life = 'dead';
  private engine: RouterState | undefined;
  private supervisor: SupervisorState = createSupervisor();
  private backlog: VrrpInput[] = [];
  /** What the child last said of its instances, and when it died: its successor goes on from there. */
  private readonly states = new Map<string, string>();
  private diedAt: Instant | undefined;
  /** Only the newest wake-up counts. */
  private wakeup = 0;
  private pid = 100;

  constructor(
    node: string,
    kernel: Kernel,
    config: DaemonConfig,
    surroundings: { world: World; random: Random; emit: Emit },
  ) {
    this.node = node;
    this.kernel = kernel;
    this.config = config;
    this.world = surroundings.world;
    this.random = surroundings.random;
    this.emit = surroundings.emit;
  }

  running(): boolean {
    return this.parent !== 'dead';
  }

  start(): void {
    this.parent = 'running';
    this.started('router');
    this.states.clear();
    this.diedAt = undefined;
    this.supervisor = createSupervisor();
    this.supervise({ kind: 'startup' });
  }

  /** SIGTERM: priority 0, addresses withdrawn, gone. */
  stop(): boolean {
    if (this.parent !== 'running') return false;
    this.supervise({ kind: 'stop' });
    return true;
  }

  /** SIGKILL: nothing is said, nothing is cleaned up. */
  kill(role: ProcessRole): boolean {
    if (role === 'check' || this.parent === 'dead') return false;
    if (role === 'vrrp' && this.child === 'dead') return false;
    const childWas = this.child;
    if (role !== 'parent') this.childGone('SIGKILL');
    if (role === 'vrrp') {
      this.supervise({ kind: 'exited', code: undefined });
      return true;
    }
    this.parent = 'dead';
    this.exited('router', 'SIGKILL');
    // An orphaned child notices and leaves in order.
    if (role === 'parent' && childWas === 'running') this.childStops();
    return true;
  }

  /** SIGSTOP and SIGCONT. */
  pause(role: ProcessRole): boolean {
    const wanted =
      role === 'all' || role === 'vrrp' ? this.child : role === 'parent' ? this.parent : 'dead';
    if (wanted !== 'running') return false;
    if (role !== 'parent') this.child = 'paused';
    if (role !== 'vrrp') this.parent = 'paused';
    return true;
  }

  resume(): void {
    if (this.parent === 'paused') this.parent = 'running';
    if (this.child !== 'paused') return;
    this.child = 'running';
    const waiting = this.backlog;
    this.backlog = [];
    for (const input of waiting) this.input(input);
    this.input({ kind: 'wake' });
  }

  /** The machine lost power. */
  powerOff(): void {
    this.parent = 'dead';
    this.child = 'dead';
    this.engine = undefined;
    this.kernel.onVrrp = undefined;
    this.kernel.onLink = undefined;
  }

  private supervise(input: SupervisorInput): void {
    stepSupervisor(this.supervisor, input, this.world.now(), (effect) =>
      this.supervisorEffect(effect),
    );
    const { deadline } = this.supervisor;
    const current = this.supervisor;
    if (deadline !== undefined) {
      this.world.at(deadline, () => {
        if (this.supervisor === current && this.parent === 'running')
          this.supervise({ kind: 'wake' });
      });
    }
  }

  private supervisorEffect(effect: SupervisorEffect): void {
    const current = this.supervisor;
    if (effect.kind === 'start') {
      this.world.after(CHILD_START, () => {
        if (this.parent === 'running' && this.supervisor === current && current.phase === 'running')
          this.childStarts();
      });
    } else if (effect.kind === 'signal') {
      this.childStops();
      this.world.after(
        micros(500),
        () => this.parent === 'running' && this.supervise({ kind: 'exited', code: 0 }),
      );
    } else if (effect.kind === 'end') {
      this.parent = 'dead';
      this.exited('router', undefined);
    }
  }

  private childStarts(): void {
    this.child = 'running';
    this.started('vrrp');
    const engine = createRouter(this.config);
    this.engine = engine;
    this.backlog = [];
    // Addresses a killed predecessor left behind are ours only if it was Active a moment ago.
    const resumed = this.config.instances.filter(({ name }) => this.wasActive(name));
    for (const instance of this.config.instances)
      if (!resumed.includes(instance)) this.withdraw(instance);
    this.kernel.onVrrp = (network, packet) =>
      this.input({ kind: 'packet', interface: network, ...packet });
    this.kernel.onLink = (network) =>
      this.input({ kind: 'interface', status: this.statusOf(network) });
    for (const { network } of this.kernel.interfaces)
      this.input({ kind: 'interface', status: this.statusOf(network) });
    const { diedAt } = this;
    const instances = resumed.map(({ name }) => name);
    this.input(
      diedAt === undefined
        ? { kind: 'startup' }
        : { kind: 'startup', resume: { instances, diedAt } },
    );
  }

  private wasActive(instance: string): boolean {
    return this.diedAt !== undefined && this.states.get(instance) === 'MASTER';
  }

  private childStops(): void {
    if (this.child !== 'running') return;
    this.input({ kind: 'shutdown' });
    this.childGone(undefined);
  }

  private childGone(signal: string | undefined): void {
    if (this.child === 'dead') return;
    this.child = 'dead';
    this.diedAt = this.world.now();
    this.engine = undefined;
    this.kernel.onVrrp = undefined;
    this.kernel.onLink = undefined;
    this.exited('vrrp', signal);
  }

  private input(input: VrrpInput): void {
    if (this.child === 'paused') {
      if (this.backlog.length < BACKLOG) this.backlog.push(input);
      return;
    }
    if (this.engine === undefined) return;
    stepRouter(this.engine, input, this.world.now(), (effect) => this.perform(effect));
    this.arm();
  }

  /** One wake-up for the next deadline, as late as an event loop is. */
  private arm(): void {
    const deadline = this.engine === undefined ? undefined : nextRouterDeadline(this.engine);
    const token = ++this.wakeup;
    if (deadline === undefined) return;
    const late = micros(LATENESS_LEAST + LATENESS_SPREAD * this.random.next());
    this.world.at(plus(deadline, late), () => {
      if (token === this.wakeup && this.child === 'running') this.input({ kind: 'wake' });
    });
  }

  private perform(effect: VrrpEffect): boolean {
    switch (effect.kind) {
      case 'send': {
        const { family, source, destination, ttl, message } = effect;
        const under = effect.ahPacket === undefined ? undefined : splitAh(effect.ahPacket);
        const ah = under === undefined ? {} : { ah: under.headers };
        this.kernel.sendVrrp(effect.interface, {
          family,
          source,
          destination,
          ttl,
          message,
          ...ah,
        });
        return true;
      }
      case 'install':
        for (const { address, length } of effect.config.addresses)
          this.kernel.addVirtual(effect.config.interface, address, length);
        return true;
      case 'withdraw':
        this.withdraw(effect.config);
        return true;
      case 'announce':
        this.announce(effect.config, effect.repeat);
        return true;
      case 'run-script':
        // Nothing runs on a simulated node: its scripts succeed.
        this.world.after(SCRIPT_RUN, () =>
          this.input({ kind: 'script-ended', name: effect.name, ok: true }),
        );
        return true;
      case 'state':
        this.states.set(effect.instance, effect.to);
        this.emit({
          kind: 'state',
          at: this.world.now(),
          source: 'engine',
          node: this.node,
          instance: effect.instance,
          state: effect.to,
          reason: effect.reason,
          detail: effect.detail,
        });
        return true;
      default:
        return true; // told to people by a real host
    }
  }

  private announce(instance: VrrpInstanceConfig, repeat: number): void {
    const port = this.kernel.interface(instance.interface);
    for (let i = 0; i < repeat; i++) {
      for (const { address } of instance.addresses) port.switch.announce(port, address);
    }
  }

  private withdraw(instance: VrrpInstanceConfig): void {
    for (const { address } of instance.addresses)
      this.kernel.removeVirtual(instance.interface, address);
  }

  private statusOf(network: string): InterfaceStatus {
    const { four, six } = this.kernel.sourcesOf(network);
    return { name: network, up: this.kernel.interface(network).up, primary4: four, primary6: six };
  }

  private started(process: string): void {
    this.emit({
      kind: 'process-started',
      at: this.world.now(),
      source: 'agent',
      node: this.node,
      process,
      pid: ++this.pid,
    });
  }

  private exited(process: string, signal: string | undefined): void {
    this.emit({
      kind: 'process-exited',
      at: this.world.now(),
      source: 'agent',
      node: this.node,
      process,
      pid: this.pid,
      code: signal === undefined ? 0 : undefined,
      signal,
    });
  }
}
