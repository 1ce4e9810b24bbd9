/**
 * halabd on a simulated node: the twin of `daemon/`. A parent that restarts its vrrp child, and the
 * child that feeds the pure engine with packets, link changes and (slightly late) wake-ups, and does
 * what it asks for through the node's kernel.
 */
import { parseConfig } from '../engine/conf/parser.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import type { InterfaceStatus, VrrpEffect, VrrpInput } from '../engine/vrrp/io.ts';
import { createRouter, type RouterState } from '../engine/vrrp/router-state.ts';
import type { ProcessRole } from '../fault/fault.ts';
import { splitAh } from '../net/ah.ts';
import type { ProfileName } from '../observe/election.ts';
import type { Random } from '../random.ts';
import { type Instant, type Micros, micros, plus } from '../time.ts';
import { CheckHost } from './check-host.ts';
import { Clockwork } from './clockwork.ts';
import { HostWords } from './host-words.ts';
import type { Internet } from './journey.ts';
import type { Kernel } from './kernel.ts';
import type { RunScript, ScriptRun } from './scripts.ts';
import { type Life, Parent, Supervision } from './supervision.ts';
import type { World } from './world.ts';

/** Packets a stopped process may find in its socket when it goes on. */
const BACKLOG = 1_000;

/** The configuration a node's keepalived.conf stands for; the file was rendered, so it has no errors. */
export function readRendered(file: { readonly path: string; readonly text: string }): DaemonConfig {
  return parseConfig(file.text, file.path).config;
}

export interface RouterSurroundings {
  readonly random: Random;
  readonly net: Internet;
  readonly runScript: RunScript;
  /** Whose rules and lateness its clockwork has. */
  readonly profile: ProfileName;
}

export class RouterHost {
  private readonly kernel: Kernel;
  /** What stands in its file. */
  private config: DaemonConfig;
  /** Every timer fires this much later than it does anyway. */
  private slowness = micros(0);
  private readonly world: World;
  private readonly clockwork: Clockwork;
  private readonly parent = new Parent();
  private readonly vrrp: Supervision;
  private child: Life = 'dead';
  /** SIGTERM came while it was stopped. */
  private terminated = false;
  private engine: RouterState | undefined;
  private readonly check: CheckHost;
  private readonly checks: Supervision;
  /** Run by the parent, for both children. */
  private readonly runScript: RunScript;
  /** Runs of vrrp_scripts, by name. */
  private readonly runs = new Map<string, ScriptRun>();
  private readonly words: HostWords;
  private backlog: VrrpInput[] = [];
  /** What the child last said of its instances, and when it died: its successor goes on from there. */
  private readonly states = new Map<string, string>();
  private diedAt: Instant | undefined;
  /** Only the newest wake-up counts. */
  private wakeup = 0;

  constructor(
    kernel: Kernel,
    config: DaemonConfig,
    { random, net, runScript, profile }: RouterSurroundings,
  ) {
    const { parent } = this;
    const { world } = net;
    this.kernel = kernel;
    this.clockwork = new Clockwork(profile, random);
    this.config = this.clockwork.configured(config);
    this.world = world;
    this.words = new HostWords(kernel, config, parent, net);
    this.runScript = byParent(parent, runScript);
    this.check = new CheckHost(kernel, config, {
      net,
      random: random.fork('check'),
      runScript: this.runScript,
    });
    this.vrrp = new Supervision(parent, world, {
      start: () => this.childStarts(),
      stop: (signal) => this.signalled(signal),
      ended: () => this.checks.stop(),
    });
    this.checks = new Supervision(parent, world, {
      start: () => this.checkStarts(),
      stop: (signal) => this.checkEnds(signal),
      ended: () => this.ends(),
    });
  }

  running(): boolean {
    return this.parent.life !== 'dead';
  }

  start(): void {
    this.parent.begins();
    this.words.started('router');
    this.states.clear();
    this.diedAt = undefined;
    this.check.forget();
    this.vrrp.begin(this.config.instances.length > 0);
    this.checks.begin(this.check.wanted());
  }

  /** SIGTERM: told to whom it concerns, then priority 0, addresses withdrawn, gone; the pools last. */
  stop(): boolean {
    if (this.parent.life !== 'running') return false;
    this.words.stopping(this.states, () => this.vrrp.stop());
    return true;
  }

  /** SIGHUP: the same configuration once more, or another one. */
  reload(config: DaemonConfig = this.config): boolean {
    this.config = config;
    const running = this.parent.life === 'running';
    this.parent.does(() => {
      this.input({ kind: 'config', config: this.config });
      if (this.check.alive()) this.check.reload();
    });
    return running;
  }

  /** From now on timers fire later, or sooner again, by this. */
  slow(by: Micros): void {
    this.slowness = micros(this.slowness + by);
    this.arm();
  }

  /** SIGKILL: nothing is said, nothing is cleaned up. */
  kill(role: ProcessRole): boolean {
    if (this.parent.life === 'dead') return false;
    if (role === 'check' || role === 'vrrp') return this.killChild(role);
    if (role === 'all') {
      this.childGone('SIGKILL');
      this.checkGone('SIGKILL');
    }
    this.parent.ends();
    this.words.exited('router', 'SIGKILL');
    // An orphaned child notices and leaves in order, once it runs.
    this.signalled('SIGTERM');
    this.checkEnds('SIGTERM');
    return true;
  }

  private killChild(role: 'check' | 'vrrp'): boolean {
    const gone = role === 'vrrp' ? this.childGone('SIGKILL') : this.checkGone('SIGKILL');
    if (gone) (role === 'vrrp' ? this.vrrp : this.checks).died();
    return gone;
  }

  /** SIGSTOP and SIGCONT; `stopped`: what another pause still holds. */
  pause(role: ProcessRole): boolean {
    const all = role === 'all';
    const hit = [
      (all || role === 'parent') && this.parent.life !== 'dead',
      (all || role === 'vrrp') && this.child !== 'dead',
      (all || role === 'check') && this.check.alive(),
    ];
    if (hit[0] === true) this.parent.life = 'paused';
    if (hit[1] === true) this.child = 'paused';
    if (hit[2] === true && this.check.works()) this.check.pause();
    return hit.includes(true);
  }

  resume(stopped: readonly ProcessRole[] = []): void {
    const goesOn = (role: ProcessRole): boolean =>
      !stopped.includes('all') && !stopped.includes(role);
    if (goesOn('parent')) this.parent.resumes();
    if (goesOn('check') && this.check.resume()) {
      this.words.exited('check', undefined);
      this.checks.leaves();
    }
    if (this.child !== 'paused' || !goesOn('vrrp')) return;
    this.child = 'running';
    const waiting = this.backlog;
    this.backlog = [];
    for (const input of waiting) this.input(input);
    this.input({ kind: 'wake' });
    if (!this.terminated) return;
    this.childStops();
    this.vrrp.leaves();
  }

  /** The machine lost power. */
  powerOff(): void {
    this.parent.ends();
    this.child = 'dead';
    this.engine = undefined;
    this.check.kill();
    this.kernel.onVrrp = undefined;
    this.kernel.onLink = undefined;
  }

  private ends(): void {
    this.parent.ends();
    this.words.exited('router', undefined);
  }

  private checkStarts(): void {
    this.words.started('check');
    this.check.start();
  }

  /** Whether it has ended, or never began: one that is stopped hears SIGTERM later. */
  private checkEnds(signal: 'SIGTERM' | 'SIGKILL'): boolean {
    if (!this.check.alive()) return true;
    if (signal === 'SIGKILL') return this.checkGone(signal);
    if (!this.check.terminate()) return false;
    this.words.exited('check', undefined);
    return true;
  }

  private checkGone(signal: string): boolean {
    if (!this.check.alive()) return false;
    this.check.kill();
    this.words.exited('check', signal);
    return true;
  }

  private signalled(signal: 'SIGTERM' | 'SIGKILL'): boolean {
    this.terminated = this.child === 'paused' && signal === 'SIGTERM';
    if (this.terminated) return false;
    if (signal === 'SIGKILL') this.childGone(signal);
    else this.childStops();
    return true;
  }

  private childStarts(): void {
    this.child = 'running';
    this.terminated = false;
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

  /** Whether there was one. */
  private childGone(signal: string | undefined): boolean {
    if (this.child === 'dead') return false;
    this.child = 'dead';
    this.diedAt = this.world.now();
    this.engine = undefined;
    this.kernel.onVrrp = undefined;
    this.kernel.onLink = undefined;
    this.words.exited('vrrp', signal);
    return true;
  }

  private input(input: VrrpInput): void {
    if (this.child === 'paused') {
      if (this.backlog.length < BACKLOG) this.backlog.push(input);
      return;
    }
    if (this.engine === undefined) return;
    this.clockwork.step(this.engine, input, this.world.now(), (effect) => this.perform(effect));
    this.words.look(this.engine);
    this.arm();
  }

  private script(name: string): void {
    const { engine } = this;
    const argv = this.config.scripts.find((one) => one.name === name)?.command.argv ?? [];
    const run = this.runScript(argv, (code) => {
      if (this.engine === engine) this.input({ kind: 'script-ended', name, ok: code === 0 });
    });
    this.runs.set(name, run);
  }

  /** One wake-up for the next deadline, as late as an event loop is. */
  private arm(): void {
    const due = this.engine === undefined ? undefined : this.clockwork.dueAt(this.engine);
    const token = ++this.wakeup;
    if (due === undefined) return;
    this.world.at(plus(due, this.slowness), () => {
      if (token === this.wakeup && this.child === 'running') this.input({ kind: 'wake' });
    });
  }

  private perform(effect: VrrpEffect): boolean {
    switch (effect.kind) {
      case 'send': {
        const { family, source, destination, ttl, message } = effect;
        const under = effect.ahPacket === undefined ? undefined : splitAh(effect.ahPacket);
        const ah = under === undefined ? {} : { ah: under.headers };
        const packet = { family, source, destination, ttl, message, ...ah };
        return this.kernel.sendVrrp(effect.interface, packet);
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
        this.runs.get(effect.name)?.signal();
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

/** The parent starts scripts and hears of their end. */
function byParent(parent: Parent, runScript: RunScript): RunScript {
  return (argv, ended) => {
    let run: ScriptRun | undefined;
    parent.does(() => {
      run = runScript(argv, (code) => parent.does(() => ended(code)));
    });
    return { signal: () => parent.does(() => run?.signal()) };
  };
}
