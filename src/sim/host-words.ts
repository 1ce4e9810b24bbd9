/** What a simulated halabd says of itself, and what is seen of its processes. */
import type { DaemonConfig } from '../engine/core/config.ts';
import type { VrrpEffect } from '../engine/vrrp/io.ts';
import type { RouterState } from '../engine/vrrp/router-state.ts';
import { milliseconds } from '../time.ts';
import type { Emit } from './switch.ts';
import type { World } from './world.ts';

/** From the state to the line that a notify script writes. */
const NOTIFY_RUN = milliseconds(4);

export class HostWords {
  private readonly node: string;
  private readonly config: DaemonConfig;
  private readonly world: World;
  private readonly emit: Emit;
  /** What was last said of each script. */
  private readonly scripts = new Map<string, boolean>();
  private pid = 100;

  constructor(node: string, config: DaemonConfig, world: World, emit: Emit) {
    this.node = node;
    this.config = config;
    this.world = world;
    this.emit = emit;
  }

  started(process: string): void {
    if (process === 'router') this.scripts.clear();
    const pid = ++this.pid;
    this.emit({ ...this.base('agent'), kind: 'process-started', process, pid });
  }

  exited(process: string, signal: string | undefined): void {
    const code = signal === undefined ? 0 : undefined;
    const { pid } = this;
    this.emit({ ...this.base('agent'), kind: 'process-exited', process, pid, code, signal });
  }

  state({ instance, to, reason, detail }: Extract<VrrpEffect, { kind: 'state' }>): void {
    this.emit({ ...this.base('engine'), kind: 'state', instance, state: to, reason, detail });
    const notified = this.config.instances.find(({ name }) => name === instance)?.notify.any;
    if (notified === undefined || to === 'INIT') return;
    this.world.after(NOTIFY_RUN, () =>
      this.emit({ ...this.base('agent'), kind: 'notify', instance, state: to }),
    );
  }

  priority(instance: string, priority: number): void {
    this.emit({ ...this.base('engine'), kind: 'priority', instance, priority });
  }

  /** Scripts whose state is another one than was said. */
  tracked({ scripts }: RouterState): void {
    for (const { config, check } of scripts) {
      const { up } = check;
      if (up === undefined || this.scripts.get(config.name) === up) continue;
      this.scripts.set(config.name, up);
      this.emit({ ...this.base('engine'), kind: 'script', script: config.name, up });
    }
  }

  private base<S extends 'agent' | 'engine'>(source: S) {
    return { at: this.world.now(), source, node: this.node };
  }
}
