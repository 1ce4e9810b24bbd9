/**
 * Schedules a child by its `*_priority`, `*_rt_priority`, `*_rlimit_rttime`, `*_no_swap` and `*_cpu_affinity`, and
 * raises its priority when it runs late (`max_auto_priority`). Settings that the kernel refuses are logged and dropped.
 */
import { setPriority } from 'node:os';
import {
  type ProcessConfig,
  type ProcessScheduling,
  SCHEDULING_DEFAULTS,
} from '../../engine/core/config-process.ts';
import { messageOf } from '../../errors.ts';
import { lockMemory, setCpus, setRealTime, setRealTimeLimit } from '../../linux/scheduling.ts';
import { formatMicros, type Micros } from '../../time.ts';
import type { Log } from '../log.ts';

export class Scheduling {
  private readonly child: 'vrrp' | 'checker';
  private readonly log: Log;
  private now: ProcessScheduling = SCHEDULING_DEFAULTS;
  private most = 0;
  private lateAfter = 0;
  /** The current real-time priority; 0: none. */
  private priority = 0;

  constructor(child: 'vrrp' | 'checker', log: Log) {
    this.child = child;
    this.log = log;
  }

  /** At start and after a reload: applies only differences. */
  configure(config: ProcessConfig): void {
    const before = this.now;
    const after = config[this.child];
    this.now = after;
    this.most = config.maxAutoPriority;
    this.lateAfter = config.minAutoPriorityDelay;
    if (after.nice !== before.nice) this.logChange('priority', after.nice, niceTo(after.nice));
    if (after.realTimeLimit !== before.realTimeLimit) {
      // A child over the limit is logged, not killed: a dead child does not help.
      if (process.listenerCount('SIGXCPU') === 0)
        process.on('SIGXCPU', () =>
          this.log.error(`ran longer than ${this.child}_rlimit_rttime without waiting`),
        );
      const problem = setRealTimeLimit(after.realTimeLimit);
      this.logChange('rlimit_rttime', after.realTimeLimit ?? 'none', problem);
    }
    if (after.realTime !== before.realTime) {
      const problem = setRealTime(after.realTime);
      this.logChange('rt_priority', after.realTime ?? 'none', problem);
      if (problem === undefined) this.priority = after.realTime ?? 0;
    }
    if (after.noSwap !== before.noSwap)
      this.logChange('no_swap', after.noSwap ? 'on' : 'off', lockMemory(after.noSwap));
    if (after.cpus.join() !== before.cpus.join())
      this.logChange('cpu_affinity', after.cpus.join(' ') || 'all', setCpus(after.cpus));
  }

  /** A deadline was met `by` too late: raises the priority by one, at first from normal to real-time scheduling. */
  late(by: Micros): void {
    if (by < this.lateAfter || this.priority >= this.most) return;
    const problem = setRealTime(this.priority + 1);
    if (problem !== undefined) {
      this.log.error(`ran ${formatMicros(by)} late; max_auto_priority: ${problem}`);
      this.most = 0;
      return;
    }
    this.priority++;
    this.log.error(`ran ${formatMicros(by)} late: now at real-time priority ${this.priority}`);
  }

  private logChange(keyword: string, value: string | number, problem: string | undefined): void {
    const what = `${this.child}_${keyword} ${value}`;
    if (problem === undefined) this.log.info(what);
    else this.log.error(`${what}: not allowed here: ${problem}; it goes without`);
  }
}

export function niceTo(nice: number): string | undefined {
  try {
    setPriority(nice);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
