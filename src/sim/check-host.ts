/**
 * The check child of halabd on a simulated node: the twin of `daemon/check-process.ts`. Its probes go over
 * the simulated network, its pools into the node's kernel.
 */
import {
  type ChecksState,
  createChecks,
  nextChecksDeadline,
  stepChecks,
} from '../engine/check/checks.ts';
import type { CheckEffect, CheckInput } from '../engine/check/io.ts';
import { serverId } from '../engine/check/real-server.ts';
import type { DaemonConfig } from '../engine/core/config.ts';
import type { Random } from '../random.ts';
import { micros, plus } from '../time.ts';
import { type RunningProbe, startProbe } from './check-probe.ts';
import type { HostLog } from './host-log.ts';
import type { Internet } from './journey.ts';
import type { Kernel } from './kernel.ts';
import { ProcessLife } from './process-life.ts';
import type { RunScript, ScriptRun } from './scripts.ts';

/** The lateness of timers: no part of it needs an exact wake-up. */
const LATENESS_LEAST = 60;
const LATENESS_SPREAD = 1_200;

export interface CheckContext {
  readonly random: Random;
  readonly net: Internet;
  readonly log: Pick<HostLog, 'started' | 'exited'>;
  /** Run by the parent. */
  readonly runScript: RunScript;
}

export class CheckHost {
  readonly process: ProcessLife<CheckInput>;
  private readonly kernel: Kernel;
  private readonly config: DaemonConfig;
  private readonly context: CheckContext;
  private state: ChecksState | undefined;
  private readonly queue: CheckInput[] = [];
  private stepping = false;
  private wakeup = 0;
  /** By check; the last one that was started. */
  private readonly running = new Map<string, RunningProbe | ScriptRun>();
  /** Failed checks that the parent remembers for the next child. */
  private readonly down = new Set<string>();

  constructor(kernel: Kernel, config: DaemonConfig, context: CheckContext) {
    this.kernel = kernel;
    this.config = config;
    this.context = context;
    this.process = new ProcessLife({
      handle: (_at, input) => this.step(input),
      wake: () => this.step({ kind: 'wake' }),
      shutdown: () => this.step({ kind: 'shutdown' }),
      exited: (_at, signal) => this.exited(signal),
    });
  }

  /** Whether it has anything to check. */
  wanted(): boolean {
    return this.config.check.virtualServers.length > 0;
  }

  /** A new parent remembers no failed check. */
  forget(): void {
    this.down.clear();
  }

  start(): void {
    this.process.start();
    this.context.log.started('check');
    this.state = createChecks(this.config, this.down);
    this.running.clear();
    // The table of a predecessor gives way to the new process's pools.
    this.kernel.balancer.clear();
    this.step({ kind: 'startup' });
  }

  /** SIGHUP: the same configuration once more. */
  reload(): void {
    this.input({ kind: 'config', config: this.config });
  }

  /** The machine lost power. */
  powerOff(): void {
    this.process.vanish();
    this.closeProbes();
    this.state = undefined;
  }

  private exited(signal: 'SIGKILL' | undefined): void {
    // After SIGKILL the pools stay in the kernel.
    if (signal !== undefined) this.closeProbes();
    this.state = undefined;
    this.context.log.exited('check', signal);
  }

  private closeProbes(): void {
    for (const probe of this.running.values()) if ('close' in probe) probe.close();
    this.running.clear();
  }

  private input(input: CheckInput): void {
    if (!this.process.queues(input)) this.step(input);
  }

  private step(input: CheckInput): void {
    this.queue.push(input);
    if (this.stepping) return;
    this.stepping = true;
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift())
      if (this.state !== undefined)
        stepChecks(this.state, next, this.context.net.world.now(), (effect) =>
          this.perform(effect),
        );
    this.stepping = false;
    this.arm();
  }

  private arm(): void {
    const deadline = this.state === undefined ? undefined : nextChecksDeadline(this.state);
    const token = ++this.wakeup;
    if (deadline === undefined) return;
    const late = micros(LATENESS_LEAST + LATENESS_SPREAD * this.context.random.next());
    this.context.net.world.at(plus(deadline, late), () => {
      if (token === this.wakeup && this.process.life === 'running') this.input({ kind: 'wake' });
    });
  }

  private perform(effect: CheckEffect): void {
    const { emit } = this.context.net;
    switch (effect.kind) {
      case 'probe':
        this.probe(effect);
        return;
      case 'abort':
        this.abort(effect);
        return;
      case 'pool': {
        const { virtualServer, destinations } = effect.pool;
        this.kernel.balancer.apply(effect.pool);
        const servers = destinations.map(({ address, port, weight }) => {
          return { address, port, weight };
        });
        emit({ ...this.seen('kernel'), kind: 'pool', virtualServer: virtualServer.name, servers });
        return;
      }
      case 'remove-pool':
        this.kernel.balancer.remove(effect.name);
        emit({ ...this.seen('kernel'), kind: 'pool', virtualServer: effect.name, servers: [] });
        return;
      case 'server': {
        const { virtualServer, realServer, up, detail } = effect;
        const id = serverId(virtualServer, realServer);
        if (up) this.down.delete(id);
        else this.down.add(id);
        const { address, port } = realServer;
        const verdict = { virtualServer: virtualServer.name, address, port, up, detail };
        emit({ ...this.seen('engine'), kind: 'server', ...verdict });
        return;
      }
      case 'quorum': {
        const { virtualServer, up } = effect;
        emit({ ...this.seen('engine'), kind: 'quorum', virtualServer: virtualServer.name, up });
        return;
      }
      default:
    }
  }

  private seen<S extends 'engine' | 'kernel'>(source: S) {
    return { at: this.context.net.world.now(), node: this.kernel.name, source };
  }

  private probe(effect: Extract<CheckEffect, { kind: 'probe' }>): void {
    const { checker, probe, config, timeout } = effect;
    const { state } = this;
    const ended = (ok: boolean, detail: string): void => {
      if (this.state === state) this.input({ kind: 'probe-ended', checker, probe, ok, detail });
    };
    if (config.kind === 'FILE_CHECK') return;
    const { net, runScript } = this.context;
    const run =
      config.kind === 'MISC_CHECK'
        ? runScript(config.command.argv, (code) =>
            ended(code === 0, code === undefined ? 'did not run to its end' : `exit code ${code}`),
          )
        : startProbe(config, timeout, this.kernel, net, ended);
    this.running.set(checker, run);
  }

  /** A socket is closed at once; a script is signalled and reports its end itself. */
  private abort(effect: Extract<CheckEffect, { kind: 'abort' }>): void {
    const { checker, probe } = effect;
    const running = this.running.get(checker);
    if (running !== undefined && 'signal' in running) {
      running.signal();
      return;
    }
    running?.close();
    this.queue.push({ kind: 'probe-ended', checker, probe, ok: false, detail: 'called off' });
  }
}
