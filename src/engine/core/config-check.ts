/**
 * The LVS half of the configuration, resolved: what a checker inherits from its real server and its
 * virtual server is filled in. Keywords in docstrings are keepalived's; values in brackets are defaults.
 */
import type { Family, IpAddress } from '../../net/address.ts';
import type { Micros } from '../../time.ts';
import type { CheckerConfig } from './config-checker.ts';
import type { NotifyFifo, ScriptCommand } from './config-script.ts';

export type TlsFiles = Readonly<
  Record<'ca' | 'certificate' | 'key' | 'password', string | undefined>
>;

/** Lengths the kernel counts in whole seconds; undefined: left as it is. */
type LvsTimeouts = Readonly<Record<'tcp' | 'tcpFin' | 'udp', Micros | undefined>>;

/** `virtual_server_group`: addresses, ranges and firewall marks that share real servers. */
export interface VirtualServerGroup {
  readonly name: string;
  readonly entries: readonly GroupEntry[];
}

export type GroupEntry =
  | {
      readonly kind: 'addresses';
      readonly first: IpAddress;
      /** Inclusive; equal to `first` for a single address. At most 65 536 addresses. */
      readonly last: IpAddress;
      /** 0: every port. */
      readonly port: number;
    }
  | { readonly kind: 'fwmark'; readonly mark: number; readonly family: Family | undefined };

/** How a virtual server is reached. */
export type ServiceKey =
  | { readonly kind: 'address'; readonly address: IpAddress; readonly port: number }
  | { readonly kind: 'fwmark'; readonly mark: number }
  | { readonly kind: 'group'; readonly group: string };

/** `lvs_sched`. */
export const SCHEDULERS = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'sh',
  'mh',
  'dh',
  'fo',
  'ovf',
  'sed',
  'nq',
  'twos',
] as const;
export type Scheduler = (typeof SCHEDULERS)[number];

/** `flag-1`, `sh-fallback`, `sh-port`, `mh-fallback`, `mh-port`: bits of the scheduler. */
export type SchedulerFlag = 'flag-1' | 'flag-2' | 'flag-3';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** `lvs_method`: how packets reach a real server. */
export interface ForwardingMethod {
  readonly kind: 'NAT' | 'DR' | 'TUN';
  /** For TUN [ipip]. */
  readonly tunnel?: {
    readonly type: 'ipip' | 'gue' | 'gre';
    /** For gue, 1..65535. */
    readonly port: number;
    readonly checksum: 'nocsum' | 'csum' | 'remcsum';
  };
}

/** `virtual_server`. */
export interface VirtualServerConfig {
  /** `[10.0.0.1]:tcp:80`, `FWM 7` or the group's name: unique. */
  readonly name: string;
  readonly service: ServiceKey;
  /** Of the addresses; for a firewall mark or a group that of its real servers, or `ip_family`. */
  readonly family: Family;
  /** [UDP]. Undefined: that of every packet with the mark. */
  readonly protocol: Protocol | undefined;
  /** [wlc]. */
  readonly scheduler: Scheduler;
  readonly schedulerFlags: readonly SchedulerFlag[];
  readonly method: ForwardingMethod;
  /** `ops` [false]: every UDP packet is scheduled on its own. */
  readonly onePacket: boolean;
  /**
   * `persistence_timeout` [none; 360 s if no value is given, and for every port] and
   * `persistence_granularity`.
   */
  readonly persistence: PersistenceConfig | undefined;
  /** `alpha` and `omega` [false]: down notifiers at start and at stop. */
  readonly alpha: boolean;
  readonly omega: boolean;
  /** `ha_suspend` [false]: no checks while the virtual address is not on this host. */
  readonly haSuspend: boolean;
  /** `quorum` [1; at most the sum of all weights] and `hysteresis` [0; less than the quorum], in weights. */
  readonly quorum: number;
  readonly hysteresis: number;
  readonly quorumUp: ScriptCommand | undefined;
  readonly quorumDown: ScriptCommand | undefined;
  /** `sorry_server`: gets all traffic while the quorum is lost. */
  readonly sorryServer: SorryServer | undefined;
  /** `smtp_alert` [the global one]. */
  readonly mail: boolean | undefined;
  readonly realServers: readonly RealServerConfig[];
}

export interface PersistenceConfig {
  /** Whole seconds, 1 s or more. */
  readonly timeout: Micros;
  /**
   * Length of the client's prefix: 0..32 or 1..128 [32, 128: every client by itself]. In IPv4 also a
   * netmask that has gaps.
   */
  readonly granularity: number | IpAddress;
}

export interface SorryServer {
  readonly address: IpAddress;
  readonly port: number;
  readonly method: ForwardingMethod;
  /** `sorry_server_inhibit` [false]: always in the table, with weight 0 while the quorum holds. */
  readonly inhibit: boolean;
}

/** `real_server`. */
export interface RealServerConfig {
  readonly address: IpAddress;
  /** [The virtual server's.] 0: that of the packet. */
  readonly port: number;
  /** 0..2 147 483 647 [1]. */
  readonly weight: number;
  readonly method: ForwardingMethod;
  /** `inhibit_on_failure` [false]: weight 0 instead of being taken out. */
  readonly inhibit: boolean;
  /** `uthreshold`, `lthreshold` connections [0: no limit]. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly notifyUp: ScriptCommand | undefined;
  readonly notifyDown: ScriptCommand | undefined;
  /** `smtp_alert` [the global one]. */
  readonly mail: boolean | undefined;
  /** All must succeed; none: always up. */
  readonly checkers: readonly CheckerConfig[];
}

export const NO_CHECKS = {
  virtualServers: [] as readonly VirtualServerConfig[],
  groups: [] as readonly VirtualServerGroup[],
  /** `SSL { }`: what SSL_GET presents and trusts [no certificate presented, any accepted]. */
  tls: undefined as TlsFiles | undefined,
  /** `lvs_timeouts` of the kernel's connection table [unchanged]. */
  timeouts: { tcp: undefined, tcpFin: undefined, udp: undefined } as LvsTimeouts,
  /** `lvs_flush` [false]: empty the kernel's whole table at start. */
  flush: false,
  /** `lvs_flush_on_stop [VS]` [off: each server that halabd added is removed]. */
  flushOnStop: undefined as 'all' | 'services' | undefined,
  /** `lvs_notify_fifo`, with the script that reads it. */
  notifyFifo: undefined as NotifyFifo | undefined,
  /** `rs_init_notifies` [false]: servers that are up from the start are notified as up. */
  initNotifies: false,
};
export type CheckConfig = Readonly<typeof NO_CHECKS>;
