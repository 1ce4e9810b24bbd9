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
import type { Internet } from './ask.ts';
import { CheckHost } from './check-host.ts';
import { HostWords } from './host-words.ts';
import type { Kernel } from './kernel.ts';
import type { RunScript } from './scripts.ts';
import type { World } from './world.ts';

/** Packets a stopped process may find in its socket when it goes on. */
const BACKLOG = 1_000;
/** From a signal to the end of a script. */
const SCRIPT_END = milliseconds(1);
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
  private readonly kernel: Kernel;
  private readonly config: DaemonConfig;
  private readonly world: World;
  private readonly random: Random;
  private parent: Life = 'dead';
  private child: Life = 'dead';
  private engine: RouterState | undefined;
  private supervisor: SupervisorState = createSupervisor();
  private readonly check: CheckHost;
  private checkSupervisor: SupervisorState = createSupervisor();
  private readonly runScript: RunScript;
  private readonly words: HostWords;
  private backlog: VrrpInput[] = [];
  /** What the child last said of its instances, and when it died: its successor goes on from there. */
  private readonly states = new Map<string, string>();
  private diedAt: Instant | undefined;
  /** Only the newest wake-up counts. */
  private wakeup = 0;

  constructor(
    node: string,
    kernel: Kernel,
    config: DaemonConfig,
    surroundings: { world: World; random: Random; net: Internet; runScript: RunScript },
  ) {
    this.kernel = kernel;
    this.config = config;
    this.world = surroundings.world;
    this.random = surroundings.random;
    this.words = new HostWords(node, config, surroundings.world, surroundings.net.emit);
    this.runScript = surroundings.runScript;
    this.check = new CheckHost(kernel, config, {
      ...surroundings,
      random: surroundings.random.fork('check'),
    });
  }

  running(): boolean {
    return this.parent !== 'dead';
  }

  start(): void {
    this.parent = 'running';
    this.words.started('router');
    this.states.clear();
    this.diedAt = undefined;
    this.supervisor = createSupervisor();
    this.checkSupervisor = createSupervisor();
    if (this.config.instances.length > 0) this.supervise({ kind: 'startup' });
    this.check.forget();
    if (this.check.wanted()) this.superviseCheck({ kind: 'startup' });
  }

  /** SIGTERM: priority 0, addresses withdrawn, gone. */
  stop(): boolean {
    if (this.parent !== 'running') return false;
    this.supervise({ kind: 'stop' });
    return true;
  }

  /** SIGHUP: the same configuration once more. */
  reload(): boolean {
    if (this.parent !== 'running') return false;
    this.input({ kind: 'config', config: this.config });
    if (this.check.alive()) this.check.reload();
    return true;
  }

  /** SIGKILL: nothing is said, nothing is cleaned up. */
  kill(role: ProcessRole): boolean {
    if (this.parent === 'dead') return false;
    if (role === 'check') return this.killCheck();
    if (role === 'vrrp' && this.child === 'dead') return false;
    const childWas = this.child;
    if (role !== 'parent') this.childGone('SIGKILL');
    if (role === 'vrrp') {
      this.supervise({ kind: 'exited', code: undefined });
      return true;
    }
    this.parent = 'dead';
    this.words.exited('router', 'SIGKILL');
    // An orphaned child notices and leaves in order.
    if (role === 'parent' && childWas === 'running') this.childStops();
    if (this.check.alive()) {
      if (role === 'parent') this.check.stop();
      else this.check.kill();
    }
    return true;
  }

  private killCheck(): boolean {
    if (!this.check.alive()) return false;
    this.check.kill();
    this.words.exited('check', 'SIGKILL');
    this.superviseCheck({ kind: 'exited', code: undefined });
    return true;
  }

  /** SIGSTOP and SIGCONT. */
  pause(role: ProcessRole): boolean {
    if (role === 'check') {
      const running = this.check.running();
      this.check.pause();
      return running;
    }
    const wanted = role === 'parent' ? this.parent : this.child;
    if (wanted !== 'running') return false;
    if (role === 'all') this.check.pause();
    if (role !== 'parent') this.child = 'paused';
    if (role !== 'vrrp') this.parent = 'paused';
    return true;
  }

  resume(): void {
    if (this.parent === 'paused') this.parent = 'running';
    if (this.check.alive()) this.check.resume();
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
    this.check.kill();
    this.kernel.onVrrp = undefined;
    this.kernel.onLink = undefined;
  }

  private superviseCheck(input: SupervisorInput): void {
    const current = this.checkSupervisor;
    const now = this.world.now();
    stepSupervisor(current, input, now, (effect) => {
      if (effect.kind !== 'start') return;
      this.world.after(CHILD_START, () => {
        if (this.parent !== 'running' || this.checkSupervisor !== current) return;
        this.words.started('check');
        this.check.start();
      });
    });
    const { deadline } = current;
    if (deadline === undefined) return;
    this.world.at(deadline, () => {
      if (this.checkSupervisor === current && this.parent === 'running')
        this.superviseCheck({ kind: 'wake' });
    });
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
      if (this.check.alive()) this.check.stop();
      this.parent = 'dead';
      this.words.exited('router', undefined);
    }
  }

  private childStarts(): void {
    this.child = 'running';
    this.words.started('vrrp');
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
    this.words.exited('vrrp', signal);
  }

  private input(input: VrrpInput): void {
    if (this.child === 'paused') {
      if (this.backlog.length < BACKLOG) this.backlog.push(input);
      return;
    }
    if (this.engine === undefined) return;
    stepRouter(this.engine, input, this.world.now(), (effect) => this.perform(effect));
    this.words.tracked(this.engine);
    this.arm();
  }

  private script(name: string): void {
    const { engine } = this;
    const argv = this.config.scripts.find((one) => one.name === name)?.command.argv ?? [];
    const run = this.runScript(argv);
    if (run === undefined) return;
    this.world.after(run.after, () => {
      if (this.engine === engine) this.input({ kind: 'script-ended', name, ok: run.ok });
    });
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
        this.script(effect.name);
        return true;
      case 'end-script':
        // What hangs is killed, which ends it; what is late still ends by itself.
        this.world.after(SCRIPT_END, () =>
          this.input({ kind: 'script-ended', name: effect.name, ok: false }),
        );
        return true;
      case 'priority':
        this.words.priority(effect.instance, effect.priority);
        return true;
      case 'state':
        this.states.set(effect.instance, effect.to);
        this.words.state(effect);
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
}
