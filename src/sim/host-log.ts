/** What a simulated halabd reports: its log, its notify scripts, and its processes as an agent would see them. */
import type { DaemonConfig } from '../engine/core/config.ts';
import type { VrrpEffect } from '../engine/vrrp/io.ts';
import type { RouterState } from '../engine/vrrp/router-state.ts';
import { milliseconds } from '../time.ts';
import type { Internet } from './journey.ts';
import type { Kernel } from './kernel.ts';
import type { Parent } from './supervision.ts';

/** From the change of state to the line that a notify script writes. */
const NOTIFY_RUN = milliseconds(4);

export class HostLog {
  private readonly kernel: Kernel;
  private readonly config: DaemonConfig;
  private readonly parent: Parent;
  private readonly net: Internet;
  /** What was last reported of each script and each instance. */
  private readonly scripts = new Map<string, boolean>();
  private readonly priorities: Map<string, number>;
  /** The last pid of each process. */
  private readonly pids = new Map<string, number>();
  private pid = 100;

  constructor(kernel: Kernel, config: DaemonConfig, parent: Parent, net: Internet) {
    this.kernel = kernel;
    this.config = config;
    this.parent = parent;
    this.net = net;
    this.priorities = new Map(config.instances.map(({ name, priority }) => [name, priority]));
  }

  started(process: string): void {
    if (process === 'vrrp') this.scripts.clear();
    const pid = ++this.pid;
    this.pids.set(process, pid);
    this.net.emit({ ...this.base('agent'), kind: 'process-started', process, pid });
  }

  exited(process: string, signal: string | undefined): void {
    const code = signal === undefined ? 0 : undefined;
    const pid = this.pids.get(process) ?? 0;
    this.net.emit({ ...this.base('agent'), kind: 'process-exited', process, pid, code, signal });
  }

  state({ instance, to, reason, detail }: Extract<VrrpEffect, { kind: 'state' }>): void {
    this.net.emit({ ...this.base('engine'), kind: 'state', instance, state: to, reason, detail });
    if (to !== 'INIT') this.notify(instance, to);
  }

  /** Runs `notify` with STOP for every instance that has reported a state; `then` follows when all have run. */
  stopping(states: ReadonlyMap<string, string>, then: () => void): void {
    const notified = [...states.keys()].filter((instance) => this.notify(instance, 'STOP'));
    if (notified.length === 0) then();
    else this.net.world.after(NOTIFY_RUN, () => this.parent.does(then));
  }

  /** Reports scripts and priorities that have changed. */
  look({ scripts, instances }: RouterState): void {
    for (const { config, check } of scripts) {
      const { up } = check;
      if (up === undefined || this.scripts.get(config.name) === up) continue;
      this.scripts.set(config.name, up);
      this.net.emit({ ...this.base('engine'), kind: 'script', script: config.name, up });
    }
    for (const { config, priority } of instances) {
      if (this.priorities.get(config.name) === priority) continue;
      this.priorities.set(config.name, priority);
      const instance = config.name;
      this.net.emit({ ...this.base('engine'), kind: 'priority', instance, priority });
    }
  }

  /** The parent runs the script. False: there is none. */
  private notify(instance: string, state: string): boolean {
    const script = this.config.instances.find(({ name }) => name === instance)?.notify.any;
    if (script === undefined) return false;
    const { kernel, net } = this;
    const { boots } = kernel;
    this.parent.does(() =>
      net.world.after(NOTIFY_RUN, () => {
        if (kernel.up && kernel.boots === boots)
          net.emit({ ...this.base('agent'), kind: 'notify', instance, state });
      }),
    );
    return true;
  }

  private base<S extends 'agent' | 'engine'>(source: S) {
    return { at: this.net.world.now(), source, node: this.kernel.name };
  }
}
