/** How the daemon's processes run, what they mail and what they serve over SNMP. Keywords in docstrings are keepalived's. */
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

/** Mail about state changes. */
export const MAIL_DEFAULTS = {
  /** `notification_email` [none: nothing is sent]. */
  to: [] as readonly string[],
  /** `notification_email_from` [keepalived@ and the host's name]. */
  from: undefined as string | undefined,
  /** `smtp_server HOST [PORT]` [none: nothing is sent]; the port's default is 25. */
  server: undefined as { readonly host: string; readonly port: number } | undefined,
  /** `smtp_helo_name` [the host's name]. */
  heloName: undefined as string | undefined,
  /** `smtp_connect_timeout` [30 s]. */
  connectTimeout: seconds(30),
  /** `no_email_faults` turns it off [true]: mails about FAULT. */
  faults: true,
  /** `no_checker_emails` turns it off [true]: mails also about a checker that leaves its server as it is. */
  checkers: true,
  /** `smtp_alert_checker`, `smtp_alert` [undefined: real servers yes, virtual servers no]. */
  alertCheckers: undefined as boolean | undefined,
};
export type MailConfig = Readonly<typeof MAIL_DEFAULTS>;

/** What is served over SNMP. */
export const SNMP_DEFAULTS = {
  /** `enable_snmp_vrrp` (also `enable_snmp_keepalived`) [false]: KEEPALIVED-MIB. */
  keepalived: false,
  /** `enable_snmp_checker` [false]: the servers of KEEPALIVED-MIB. */
  checker: false,
  /** `enable_snmp_rfcv2`, `enable_snmp_rfc` [false]: VRRP-MIB (RFC 2787). */
  rfcv2: false,
  /** `enable_snmp_rfcv3`, `enable_snmp_rfc` [false]: VRRPV3-MIB (RFC 6527). */
  rfcv3: false,
  /** `enable_traps` [false]. */
  traps: false,
  /** `snmp_socket` of the master agent: `unix:PATH`, `tcp:HOST:PORT` [unix:/var/agentx/master]. */
  socket: undefined as string | undefined,
};
export type SnmpConfig = Readonly<typeof SNMP_DEFAULTS>;

export type AgentAddress =
  | { readonly path: string }
  | { readonly host: string; readonly port: number };

const AGENTX_PORT = 705;

/** Where the master agent listens; undefined: AgentX does not run over that. */
export function agentAddress(socket = 'unix:/var/agentx/master'): AgentAddress | undefined {
  const [, path] = /^(?:unix:)?(\/.+)$/.exec(socket) ?? [];
  if (path !== undefined) return { path };
  const [, host, port] = /^(?:tcp6?:)?(\[[\da-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/i.exec(socket) ?? [];
  if (host === undefined || Number(port ?? 0) > 65_535) return undefined;
  return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port ?? AGENTX_PORT) };
}
