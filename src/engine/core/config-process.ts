/** How the daemon's processes run: priorities, names, files. Keywords in docstrings are keepalived's. */
import { type Micros, seconds } from '../../time.ts';

/** Of one child: `vrrp_*` or `checker_*`. */
export interface ProcessScheduling {
  /** `vrrp_priority`, the nice value, -20..19 [0]. */
  readonly nice: number;
  /** `vrrp_rt_priority`, 1..99 [undefined: not real-time]. */
  readonly realTime: number | undefined;
  /**
   * `vrrp_rlimit_rttime`, from 2 us: CPU time without waiting that is logged while real-time [undefined:
   * none; keepalived's 10 ms are less than a garbage collection may take].
   */
  readonly realTimeLimit: Micros | undefined;
  /** `vrrp_no_swap` [false]. */
  readonly noSwap: boolean;
  /** `vrrp_cpu_affinity`, numbers of /proc/cpuinfo [none: all]. */
  readonly cpus: readonly number[];
}

export interface ProcessConfig {
  /** `process_priority`, the nice value of the parent, -20..19 [0]. */
  readonly nice: number;
  readonly vrrp: ProcessScheduling;
  readonly checker: ProcessScheduling;
  /** `max_auto_priority`, -1..99 [0]: up to which real-time priority a child that runs late is raised. */
  readonly maxAutoPriority: number;
  /** `min_auto_priority_delay`, 1 us..10 s [1 s]: what is late. */
  readonly minAutoPriorityDelay: Micros;
  /** `umask` of the files that are made [022]. */
  readonly umask: number;
  /** `process_names`, `process_name`, `vrrp_process_name`, `checker_process_name` [halabd's own]. */
  readonly parentName: string | undefined;
  readonly vrrpName: string | undefined;
  readonly checkerName: string | undefined;
  /** `net_namespace` [the one it is started in]. */
  readonly namespace: string | undefined;
  /** `instance`: part of the names of pid files and of the log's tag. */
  readonly instance: string | undefined;
  /** `use_pid_dir` [false]: pid files are made in /run/keepalived. */
  readonly usePidDir: boolean;
}

export const SCHEDULING_DEFAULTS: ProcessScheduling = {
  nice: 0,
  realTime: undefined,
  realTimeLimit: undefined,
  noSwap: false,
  cpus: [],
};

export const PROCESS_DEFAULTS: ProcessConfig = {
  nice: 0,
  vrrp: SCHEDULING_DEFAULTS,
  checker: SCHEDULING_DEFAULTS,
  maxAutoPriority: 0,
  minAutoPriorityDelay: seconds(1),
  umask: 0o022,
  parentName: undefined,
  vrrpName: undefined,
  checkerName: undefined,
  namespace: undefined,
  instance: undefined,
  usePidDir: false,
};
