/**
 * The vrrp child of halabd on a simulated node: the twin of `daemon/vrrp/`. It feeds the pure engine with packets, link
 * changes and (slightly late) wake-ups, and carries out its effects through the node's kernel.
 */
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import type { InterfaceStatus, VrrpEffect, VrrpInput } from '../engine/vrrp/io.ts';
import { createRouter, type RouterState } from '../engine/vrrp/router-state.ts';
import { splitAh } from '../net/ah.ts';
import { type Instant, type Micros, micros, plus } from '../time.ts';
import type { Clockwork } from './clockwork.ts';
import type { HostLog } from './host-log.ts';
import type { Kernel } from './kernel.ts';
import { ProcessLife } from './process-life.ts';
import type { RunScript, ScriptRun } from './scripts.ts';
import type { World } from './world.ts';

export interface VrrpContext {
  readonly world: World;
  readonly clockwork: Clockwork;
  readonly log: HostLog;
  /** Run by the parent. */
  readonly runScript: RunScript;
}

export class VrrpHost {
  readonly process: ProcessLife<VrrpInput>;
  /** The last state each instance reported, and when the process exited: a restarted child resumes from there. */
  readonly states = new Map<string, string>();
  private exitedAt: Instant | undefined;
  /** The content of its file; the running process reads it with `reload`. */
  config: DaemonConfig;
  private engine: RouterState | undefined;
  /** Every timer fires this much later. */
  private slowness = micros(0);
  /** Only the newest wake-up counts. */
  private wakeup = 0;
  /** Runs of vrrp_scripts, by name. */
  private readonly runs = new Map<string, ScriptRun>();
  private readonly kernel: Kernel;
  private readonly context: VrrpContext;

  constructor(kernel: Kernel, config: DaemonConfig, context: VrrpContext) {
    this.kernel = kernel;
    this.config = config;
    this.context = context;
    this.process = new ProcessLife({
      handle: (_at, input) => this.step(input),
      wake: () => this.step({ kind: 'wake' }),
      shutdown: () => this.step({ kind: 'shutdown' }),
      exited: (at, signal) => this.exited(at, signal),
    });
  }

  /** Whether an instance is configured. */
  wanted(): boolean {
    return this.config.instances.length > 0;
  }

  /** A new parent has no memory of earlier children. */
  forget(): void {
    this.states.clear();
    this.exitedAt = undefined;
  }

  start(): void {
    this.process.start();
    this.context.log.started('vrrp');
    this.engine = createRouter(this.config);
    // Addresses that a killed predecessor left are kept only where it was Active until now.
    const resumed = this.config.instances.filter(
      ({ name }) => this.exitedAt !== undefined && this.states.get(name) === 'MASTER',
    );
    for (const instance of this.config.instances)
      if (!resumed.includes(instance)) this.withdraw(instance);
    this.kernel.onVrrp = (network, packet) => {
      const input = { kind: 'packet', interface: network, ...packet } as const;
      if (!this.process.queuesPacket(input)) this.step(input);
    };
    this.kernel.onLink = (network) =>
      this.input({ kind: 'interface', status: this.statusOf(network) });
    for (const { network } of this.kernel.interfaces)
      this.step({ kind: 'interface', status: this.statusOf(network) });
    const { exitedAt: diedAt } = this;
    const instances = resumed.map(({ name }) => name);
    const resume = diedAt === undefined ? {} : { resume: { instances, diedAt } };
    this.step({ kind: 'startup', ...resume });
  }

  /** SIGHUP. */
  reload(): void {
    this.input({ kind: 'config', config: this.config });
  }

  /** From now on timers fire later, or sooner again, by this. */
  slow(by: Micros): void {
    this.slowness = micros(this.slowness + by);
    this.arm();
  }

  /** The machine lost power. */
  powerOff(): void {
    this.process.vanish();
    this.detach();
  }

  private exited(at: Instant, signal: 'SIGKILL' | undefined): void {
    this.exitedAt = at;
    this.detach();
    this.context.log.exited('vrrp', signal);
  }

  private detach(): void {
    this.engine = undefined;
    this.kernel.onVrrp = undefined;
    this.kernel.onLink = undefined;
  }

  private input(input: VrrpInput): void {
    if (!this.process.queues(input)) this.step(input);
  }

  private step(input: VrrpInput): void {
    const { engine } = this;
    if (engine === undefined || this.process.life !== 'running') return;
    const { clockwork, world, log } = this.context;
    clockwork.step(engine, input, world.now(), (effect) => this.perform(effect));
    log.look(engine);
    this.arm();
  }

  /** One wake-up for the next deadline, as late as an event loop is. */
  private arm(): void {
    const { clockwork, world } = this.context;
    const due = this.engine === undefined ? undefined : clockwork.dueAt(this.engine);
    const token = ++this.wakeup;
    if (due === undefined) return;
    world.at(plus(due, this.slowness), () => {
      if (token === this.wakeup) this.step({ kind: 'wake' });
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
        this.context.log.state(effect);
        return true;
      default:
        return true; // A real host logs it.
    }
  }

  private script(name: string): void {
    const { engine } = this;
    const script = this.config.scripts.find((candidate) => candidate.name === name);
    const run = this.context.runScript(script?.command.argv ?? [], (code) => {
      if (this.engine === engine) this.input({ kind: 'script-ended', name, ok: code === 0 });
    });
    this.runs.set(name, run);
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
