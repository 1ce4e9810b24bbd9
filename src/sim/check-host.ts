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
import type { Internet } from './journey.ts';
import type { Kernel } from './kernel.ts';
import type { RunScript, ScriptRun } from './scripts.ts';

/** A timer fires this late: nothing here waits for an exact wake-up. */
const LATENESS_LEAST = 60;
const LATENESS_SPREAD = 1_200;

export interface CheckSurroundings {
  readonly random: Random;
  readonly net: Internet;
  readonly runScript: RunScript;
}

export class CheckHost {
  private readonly kernel: Kernel;
  private readonly config: DaemonConfig;
  private readonly at: CheckSurroundings;
  private state: ChecksState | undefined;
  private paused = false;
  /** SIGTERM came while it was stopped. */
  private terminated = false;
  private backlog: CheckInput[] = [];
  private readonly queue: CheckInput[] = [];
  private stepping = false;
  private wakeup = 0;
  /** By check; the last one that was started. */
  private readonly running = new Map<string, RunningProbe | ScriptRun>();
  /** What the parent remembers for the next child. */
  private readonly down = new Set<string>();

  constructor(kernel: Kernel, config: DaemonConfig, surroundings: CheckSurroundings) {
    this.kernel = kernel;
    this.config = config;
    this.at = surroundings;
  }

  /** Whether there is something to check. */
  wanted(): boolean {
    return this.config.check.virtualServers.length > 0;
  }

  alive(): boolean {
    return this.state !== undefined;
  }

  works(): boolean {
    return this.alive() && !this.paused;
  }

  /** A new parent knows of nobody who is down. */
  forget(): void {
    this.down.clear();
  }

  start(): void {
    this.state = createChecks(this.config, this.down);
    this.paused = false;
    this.terminated = false;
    this.backlog = [];
    this.running.clear();
    // The table of a predecessor gives way to what is said now.
    this.kernel.balancer.clear();
    this.input({ kind: 'startup' });
  }

  /** SIGTERM. Whether it has ended: one that is stopped will, when it goes on. */
  terminate(): boolean {
    this.terminated = this.paused;
    if (this.paused) return false;
    this.input({ kind: 'shutdown' });
    this.state = undefined;
    return true;
  }

  /** SIGKILL: the pools stay in the kernel. */
  kill(): void {
    for (const one of this.running.values()) if ('close' in one) one.close();
    this.running.clear();
    this.state = undefined;
    this.paused = false;
  }

  reload(): void {
    this.input({ kind: 'config', config: this.config });
  }

  pause(): void {
    this.paused = true;
  }

  /** Whether it has ended now. */
  resume(): boolean {
    if (!this.alive() || !this.paused) return false;
    this.paused = false;
    for (const input of this.backlog.splice(0)) this.input(input);
    this.input({ kind: 'wake' });
    return this.terminated && this.terminate();
  }

  private input(input: CheckInput): void {
    if (this.paused) {
      this.backlog.push(input);
      return;
    }
    this.queue.push(input);
    if (this.stepping) return;
    this.stepping = true;
    for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift())
      if (this.state !== undefined)
        stepChecks(this.state, next, this.at.net.world.now(), (effect) => this.perform(effect));
    this.stepping = false;
    this.arm();
  }

  private arm(): void {
    const deadline = this.state === undefined ? undefined : nextChecksDeadline(this.state);
    const token = ++this.wakeup;
    if (deadline === undefined) return;
    const late = micros(LATENESS_LEAST + LATENESS_SPREAD * this.at.random.next());
    this.at.net.world.at(plus(deadline, late), () => {
      if (token === this.wakeup && this.works()) this.input({ kind: 'wake' });
    });
  }

  private perform(effect: CheckEffect): void {
    const about = { at: this.at.net.world.now(), node: this.kernel.name } as const;
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
        const servers = destinations.map(({ address, port, weight }) => ({
          address,
          port,
          weight,
        }));
        const name = virtualServer.name;
        this.at.net.emit({
          ...about,
          kind: 'pool',
          source: 'kernel',
          virtualServer: name,
          servers,
        });
        return;
      }
      case 'remove-pool':
        this.kernel.balancer.remove(effect.name);
        this.at.net.emit({
          ...about,
          kind: 'pool',
          source: 'kernel',
          virtualServer: effect.name,
          servers: [],
        });
        return;
      case 'server': {
        const { virtualServer, realServer, up, detail } = effect;
        const id = serverId(virtualServer, realServer);
        if (up) this.down.delete(id);
        else this.down.add(id);
        const { address, port } = realServer;
        const told = { virtualServer: virtualServer.name, address, port, up, detail };
        this.at.net.emit({ ...about, kind: 'server', source: 'engine', ...told });
        return;
      }
      case 'quorum': {
        const { virtualServer, up } = effect;
        const name = virtualServer.name;
        this.at.net.emit({ ...about, kind: 'quorum', source: 'engine', virtualServer: name, up });
        return;
      }
      default:
    }
  }

  private probe(effect: Extract<CheckEffect, { kind: 'probe' }>): void {
    const { checker, probe, config, timeout } = effect;
    const { state } = this;
    const ended = (ok: boolean, detail: string): void => {
      if (this.state === state) this.input({ kind: 'probe-ended', checker, probe, ok, detail });
    };
    if (config.kind === 'FILE_CHECK') return;
    if (config.kind !== 'MISC_CHECK') {
      const started = startProbe(config, timeout, this.kernel, this.at.net, ended);
      this.running.set(checker, started);
      return;
    }
    const run = this.at.runScript(config.command.argv, (code) =>
      ended(code === 0, code === undefined ? 'did not run to its end' : `exit code ${code}`),
    );
    this.running.set(checker, run);
  }

  /** A socket is closed at once; a script is told to end, which it says itself. */
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
