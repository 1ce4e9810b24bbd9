/**
 * halabd on a simulated node: the twin of `daemon/`. A parent supervises a vrrp child and a check child; signals reach
 * each of the three processes as on a real node.
 */
import { parseConfig } from '../engine/conf/read.ts';
import type { DaemonConfig } from '../engine/core/config.ts';
import type { ProcessRole } from '../fault/process.ts';
import type { ProfileName } from '../observe/election.ts';
import type { Random } from '../random.ts';
import type { Micros } from '../time.ts';
import { CheckHost } from './check-host.ts';
import { newClockwork } from './clockwork.ts';
import { type HostLog, hostLog } from './host-log.ts';
import type { Internet } from './journey.ts';
import type { Kernel } from './kernel.ts';
import type { RunScript, ScriptRun } from './scripts.ts';
import { Parent, type Supervision, supervise } from './supervision.ts';
import { VrrpHost } from './vrrp-host.ts';
import type { World } from './world.ts';

/** The configuration in a node's keepalived.conf; the file was rendered, so it has no errors. */
export function readRendered(file: { readonly path: string; readonly text: string }): DaemonConfig {
  return parseConfig(file.text, file.path).config;
}

export interface RouterContext {
  readonly random: Random;
  readonly net: Internet;
  readonly runScript: RunScript;
  /** Whose rules and lateness its timers have. */
  readonly profile: ProfileName;
}

export class RouterHost {
  private readonly world: World;
  private readonly log: HostLog;
  private readonly parent = new Parent();
  private readonly vrrp: VrrpHost;
  private readonly check: CheckHost;
  private readonly supervisions: Readonly<Record<'vrrp' | 'check', Supervision>>;

  constructor(
    kernel: Kernel,
    config: DaemonConfig,
    { random, net, runScript, profile }: RouterContext,
  ) {
    const { parent } = this;
    const { world } = net;
    this.world = world;
    const log = hostLog(kernel, config, parent, net);
    this.log = log;
    const clockwork = newClockwork(profile, random);
    const common = { log, runScript: byParent(parent, runScript) };
    const engineConfig = clockwork.configured(config);
    this.vrrp = new VrrpHost(kernel, engineConfig, { ...common, world, clockwork });
    this.check = new CheckHost(kernel, config, { ...common, net, random: random.fork('check') });
    this.supervisions = {
      vrrp: this.supervise(this.vrrp, () => this.supervisions.check.stop()),
      check: this.supervise(this.check, () => {
        parent.ends();
        log.exited('router', undefined);
      }),
    };
  }

  private supervise(child: VrrpHost | CheckHost, ended: () => void): Supervision {
    const { parent, world } = this;
    const stop = (signal: 'SIGTERM' | 'SIGKILL'): boolean => {
      if (signal === 'SIGTERM') return child.process.terminate(world.now());
      child.process.kill(world.now());
      return true;
    };
    return supervise(parent, world, { start: () => child.start(), stop, ended });
  }

  running(): boolean {
    return this.parent.life !== 'dead';
  }

  start(): void {
    this.parent.begins();
    this.log.started('router');
    this.vrrp.forget();
    this.check.forget();
    this.supervisions.vrrp.begin(this.vrrp.wanted());
    this.supervisions.check.begin(this.check.wanted());
  }

  /** SIGTERM: notify scripts, then priority 0, addresses withdrawn, exit; the check child and its pools last. */
  stop(): boolean {
    if (this.parent.life !== 'running') return false;
    this.log.stopping(this.vrrp.states, () => this.supervisions.vrrp.stop());
    return true;
  }

  /** SIGHUP; `config`: the new content of its file [unchanged]. */
  reload(config?: DaemonConfig): boolean {
    if (config !== undefined) this.vrrp.config = config;
    const running = this.parent.life === 'running';
    this.parent.does(() => {
      this.vrrp.reload();
      if (this.check.process.life !== 'dead') this.check.reload();
    });
    return running;
  }

  /** From now on timers fire later, or sooner again, by this. */
  slow(by: Micros): void {
    this.vrrp.slow(by);
  }

  /** SIGKILL: no resignation, no withdrawal. False: no such process. */
  kill(role: ProcessRole): boolean {
    if (this.parent.life === 'dead') return false;
    const now = this.world.now();
    if (role === 'check' || role === 'vrrp') {
      const gone = this[role].process.kill(now);
      if (gone) this.supervisions[role].exited(undefined);
      return gone;
    }
    if (role === 'all') {
      this.vrrp.process.kill(now);
      this.check.process.kill(now);
    }
    this.parent.ends();
    this.log.exited('router', 'SIGKILL');
    // An orphaned child notices and leaves in order, once it runs.
    this.vrrp.process.terminate(now);
    this.check.process.terminate(now);
    return true;
  }

  /** SIGSTOP. False: there is no such process. */
  pause(role: ProcessRole): boolean {
    const all = role === 'all';
    const children = (['vrrp', 'check'] as const)
      .filter((child) => all || child === role)
      .map((child) => this[child].process)
      .filter(({ life }) => life !== 'dead');
    const pausesParent = (all || role === 'parent') && this.parent.life !== 'dead';
    if (pausesParent) this.parent.life = 'paused';
    for (const child of children) child.pause();
    return pausesParent || children.length > 0;
  }

  /** SIGCONT; `stopped`: roles that another pause still holds. */
  resume(stopped: readonly ProcessRole[] = []): void {
    const resumes = (role: ProcessRole): boolean =>
      !stopped.includes('all') && !stopped.includes(role);
    const now = this.world.now();
    if (resumes('parent')) this.parent.resumes();
    for (const role of ['check', 'vrrp'] as const)
      if (resumes(role) && this[role].process.resume(now)) this.supervisions[role].exited(0);
  }

  /** The machine lost power. */
  powerOff(): void {
    this.parent.ends();
    this.vrrp.powerOff();
    this.check.powerOff();
  }
}

/** The parent starts scripts and is notified of their end. */
function byParent(parent: Parent, runScript: RunScript): RunScript {
  return (argv, ended) => {
    let run: ScriptRun | undefined;
    parent.does(() => {
      run = runScript(argv, (code) => parent.does(() => ended(code)));
    });
    return { signal: () => parent.does(() => run?.signal()) };
  };
}
