/** The reports of a simulated halabd: its log, its notify scripts, and its processes as an agent would see them. */
import type { DaemonConfig } from '../engine/core/config.ts';
import type { VrrpEffect } from '../engine/vrrp/io.ts';
import type { RouterState } from '../engine/vrrp/router-state.ts';
import { milliseconds } from '../time.ts';
import type { Internet } from './journey.ts';
import type { Kernel } from './kernel.ts';
import type { Parent } from './supervision.ts';

/** From the change of state to the line that a notify script writes. */
const NOTIFY_RUN = milliseconds(4);

export type HostLog = ReturnType<typeof hostLog>;

export function hostLog(kernel: Kernel, config: DaemonConfig, parent: Parent, net: Internet) {
  /** The last report of each script and each instance. */
  const scripts = new Map<string, boolean>();
  const priorities = new Map(config.instances.map(({ name, priority }) => [name, priority]));
  /** The last pid of each process. */
  const pids = new Map<string, number>();
  let lastPid = 100;
  const from = <S extends 'agent' | 'engine'>(source: S) => {
    return { at: net.world.now(), source, node: kernel.name };
  };
  /** The parent runs the script. False: no parent runs. */
  const notify = (instance: string, state: string): boolean => {
    const script = config.instances.find(({ name }) => name === instance)?.notify.any;
    if (script === undefined) return false;
    const { boots } = kernel;
    parent.does(() =>
      net.world.after(NOTIFY_RUN, () => {
        if (kernel.up && kernel.boots === boots)
          net.emit({ ...from('agent'), kind: 'notify', instance, state });
      }),
    );
    return true;
  };
  return {
    started: (process: string): void => {
      if (process === 'vrrp') scripts.clear();
      pids.set(process, ++lastPid);
      net.emit({ ...from('agent'), kind: 'process-started', process, pid: lastPid });
    },
    exited: (process: string, signal: string | undefined): void => {
      const code = signal === undefined ? 0 : undefined;
      const pid = pids.get(process) ?? 0;
      net.emit({ ...from('agent'), kind: 'process-exited', process, pid, code, signal });
    },
    state: ({ instance, to, reason, detail }: Extract<VrrpEffect, { kind: 'state' }>): void => {
      net.emit({ ...from('engine'), kind: 'state', instance, state: to, reason, detail });
      if (to !== 'INIT') notify(instance, to);
    },
    /** Runs `notify` with STOP for every instance that has reported a state; `then` follows when all have run. */
    stopping: (states: ReadonlyMap<string, string>, then: () => void): void => {
      const notified = [...states.keys()].filter((instance) => notify(instance, 'STOP'));
      if (notified.length === 0) then();
      else net.world.after(NOTIFY_RUN, () => parent.does(then));
    },
    /** Reports scripts and priorities that have changed. */
    look: (router: RouterState): void => {
      for (const {
        config: { name: script },
        check: { up },
      } of router.scripts) {
        if (up === undefined || scripts.get(script) === up) continue;
        scripts.set(script, up);
        net.emit({ ...from('engine'), kind: 'script', script, up });
      }
      for (const {
        config: { name: instance },
        priority,
      } of router.instances) {
        if (priorities.get(instance) === priority) continue;
        priorities.set(instance, priority);
        net.emit({ ...from('engine'), kind: 'priority', instance, priority });
      }
    },
  };
}
