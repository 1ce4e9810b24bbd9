/** How the daemon's processes run: priorities, names, files. Keywords in docstrings are keepalived's. */
import { type Micros, seconds } from '../../time.ts';

/** Of one child: `vrrp_*` or `checker_*`. */
export const SCHEDULING_DEFAULTS = {
  /** `vrrp_priority`, the nice value, -20..19 [0]. */
  nice: 0,
  /** `vrrp_rt_priority`, 1..99 [undefined: not real-time]. */
  realTime: undefined as number | undefined,
  /**
   * `vrrp_rlimit_rttime`, from 2 us: CPU time without waiting that is logged while real-time [undefined:
   * none; keepalived's 10 ms are less than a garbage collection may take].
   */
  realTimeLimit: undefined as Micros | undefined,
  /** `vrrp_no_swap` [false]. */
  noSwap: false,
  /** `vrrp_cpu_affinity`, numbers of /proc/cpuinfo [none: all]. */
  cpus: [] as readonly number[],
};
export type ProcessScheduling = Readonly<typeof SCHEDULING_DEFAULTS>;

export const PROCESS_DEFAULTS = {
  /** `process_priority`, the nice value of the parent, -20..19 [0]. */
  nice: 0,
  vrrp: SCHEDULING_DEFAULTS as ProcessScheduling,
  checker: SCHEDULING_DEFAULTS as ProcessScheduling,
  /** `max_auto_priority`, -1..99 [0]: up to which real-time priority a child that runs late is raised. */
  maxAutoPriority: 0,
  /** `min_auto_priority_delay`, 1 us..10 s [1 s]: what is late. */
  minAutoPriorityDelay: seconds(1),
  /** `umask` of the files that are made [022]. */
  umask: 0o022,
  /** `process_names`, `process_name`, `vrrp_process_name`, `checker_process_name` [halabd's own]. */
  parentName: undefined as string | undefined,
  vrrpName: undefined as string | undefined,
  checkerName: undefined as string | undefined,
  /** `net_namespace` [the one it is started in]. */
  namespace: undefined as string | undefined,
  /** `instance`: part of the names of pid files and of the log's tag. */
  instance: undefined as string | undefined,
  /** `use_pid_dir` [false]: pid files are made in /run/keepalived. */
  usePidDir: false,
};
export type ProcessConfig = Readonly<typeof PROCESS_DEFAULTS>;
