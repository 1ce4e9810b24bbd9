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
import type { HttpProbe, ProbeConfig } from '../engine/core/config-check.ts';
import type { Random } from '../random.ts';
import { type Micros, micros, plus } from '../time.ts';
import { type Answer, ask, type Internet } from './ask.ts';
import type { Kernel } from './kernel.ts';
import type { RunScript } from './scripts.ts';
import type { World } from './world.ts';

/** A timer fires this late: nothing here waits for an exact wake-up. */
const LATENESS_LEAST = 60;
const LATENESS_SPREAD = 1_200;

export interface CheckSurroundings {
  readonly world: World;
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
  private backlog: CheckInput[] = [];
  private readonly queue: CheckInput[] = [];
  private stepping = false;
  private wakeup = 0;
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

  running(): boolean {
    return this.alive() && !this.paused;
  }

  /** A new parent knows of nobody who is down. */
  forget(): void {
    this.down.clear();
  }

  start(): void {
    this.state = createChecks(this.config, this.down);
    this.paused = false;
    this.backlog = [];
    this.input({ kind: 'startup' });
  }

  /** SIGTERM. */
  stop(): void {
    this.input({ kind: 'shutdown' });
    this.state = undefined;
  }

  /** SIGKILL: the pools stay in the kernel. */
  kill(): void {
    this.state = undefined;
    this.paused = false;
  }

  reload(): void {
    this.input({ kind: 'config', config: this.config });
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (!this.paused) return;
    this.paused = false;
    for (const input of this.backlog.splice(0)) this.input(input);
    this.input({ kind: 'wake' });
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
        stepChecks(this.state, next, this.at.world.now(), (effect) => this.perform(effect));
    this.stepping = false;
    this.arm();
  }

  private arm(): void {
    const deadline = this.state === undefined ? undefined : nextChecksDeadline(this.state);
    const token = ++this.wakeup;
    if (deadline === undefined) return;
    const late = micros(LATENESS_LEAST + LATENESS_SPREAD * this.at.random.next());
    this.at.world.at(plus(deadline, late), () => {
      if (token === this.wakeup && this.running()) this.input({ kind: 'wake' });
    });
  }

  private perform(effect: CheckEffect): void {
    const about = { at: this.at.world.now(), node: this.kernel.name } as const;
    switch (effect.kind) {
      case 'probe':
        this.probe(effect);
        return;
      case 'abort':
        this.queue.push({ ...effect, kind: 'probe-ended', ok: false, detail: 'called off' });
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

  private probe({ checker, probe, config }: Extract<CheckEffect, { kind: 'probe' }>): void {
    const { state } = this;
    const end = (after: Micros, ok: boolean, detail: string): void =>
      this.at.world.after(after, () => {
        if (this.state === state) this.input({ kind: 'probe-ended', checker, probe, ok, detail });
      });
    if (config.kind === 'MISC_CHECK') {
      const run = this.at.runScript(config.command.argv);
      if (run !== undefined) end(run.after, run.ok, run.ok ? 'exit code 0' : 'exit code 1');
      return;
    }
    const question = questionOf(config);
    if (question === undefined) return;
    const answer = ask(this.kernel, question, this.at.net);
    const hangs = answer.kind === 'answered' && answer.manner.hangs && config.kind !== 'TCP_CHECK';
    // The machine sees to its timeout.
    if (answer.kind === 'silent' || hangs) return;
    const problem = answer.kind === 'refused' ? 'connection refused' : problemOf(config, answer);
    // A connection alone is made before a slow service says anything.
    const late =
      answer.kind === 'answered' && config.kind === 'TCP_CHECK' ? answer.manner.delay : 0;
    end(micros(answer.after - late), problem === undefined, problem ?? 'answered');
  }
}

function questionOf(config: ProbeConfig): Parameters<typeof ask>[1] | undefined {
  switch (config.kind) {
    case 'PING_CHECK':
      return { kind: 'ping', to: config.target.address, port: 0 };
    case 'UDP_CHECK':
    case 'DNS_CHECK':
      return { kind: 'udp', to: config.target.address, port: config.target.port };
    case 'SMTP_CHECK': {
      const [target] = config.targets;
      return target && { kind: 'tcp', to: target.address, port: target.port };
    }
    case 'MISC_CHECK':
    case 'FILE_CHECK':
      return undefined;
    default:
      return { kind: 'tcp', to: config.target.address, port: config.target.port };
  }
}

function problemOf(
  config: ProbeConfig,
  { manner }: Extract<Answer, { kind: 'answered' }>,
): string | undefined {
  if (config.kind !== 'HTTP_GET' && config.kind !== 'SSL_GET') return undefined;
  if (config.kind === 'SSL_GET' && manner.expired) return 'the certificate expired';
  return config.urls.map((url) => judge(url, manner)).find((one) => one !== undefined);
}

function judge(
  { path, status, regex }: HttpProbe['urls'][number],
  manner: { readonly status: number; readonly body: string },
): string | undefined {
  if (!status.some(({ low, high }) => manner.status >= low && manner.status <= high))
    return `${path}: status ${manner.status}`;
  if (regex === undefined) return undefined;
  const found = new RegExp(regex.pattern, regex.flags).test(manner.body);
  return found === regex.negate ? `${path}: the expression does not match` : undefined;
}
