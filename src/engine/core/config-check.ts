/**
 * The LVS half of the configuration, resolved: what a checker inherits from its real server and its
 * virtual server is filled in. Keywords in docstrings are keepalived's; values in brackets are defaults.
 */
import type { Family, IpAddress } from '../../net/address.ts';
import type { Micros } from '../../time.ts';
import type { NotifyFifo, ScriptCommand } from './config-script.ts';
import type { TrackWeight } from './config-track.ts';

export interface CheckConfig {
  readonly virtualServers: readonly VirtualServerConfig[];
  readonly groups: readonly VirtualServerGroup[];
  /** `SSL { }`: what SSL_GET presents and trusts [nothing presented, any certificate accepted]. */
  readonly tls: TlsFiles | undefined;
  /** `lvs_timeouts` of the kernel's connection table [unchanged]. */
  readonly timeouts: LvsTimeouts;
  /** `lvs_flush` [false]: empty the kernel's whole table at start. */
  readonly flush: boolean;
  /** `lvs_flush_on_stop [VS]` [off: what halab added is taken out, server by server]. */
  readonly flushOnStop: 'all' | 'services' | undefined;
  /** `lvs_notify_fifo`, with the script that reads it. */
  readonly notifyFifo: NotifyFifo | undefined;
  /** `rs_init_notifies` [false]: servers that are up from the start are notified as up. */
  readonly initNotifies: boolean;
}

export interface TlsFiles {
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
  readonly password: string | undefined;
}

/** Lengths the kernel counts in whole seconds; undefined: left as it is. */
export interface LvsTimeouts {
  readonly tcp: Micros | undefined;
  readonly tcpFin: Micros | undefined;
  readonly udp: Micros | undefined;
}

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

/** What a virtual server is reached by. */
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
  /** `quorum` [1; at most what all weigh] and `hysteresis` [0; less than the quorum], in weights. */
  readonly quorum: number;
  readonly hysteresis: number;
  readonly quorumUp: ScriptCommand | undefined;
  readonly quorumDown: ScriptCommand | undefined;
  /** `sorry_server`: takes all traffic while the quorum is lost. */
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

/** When a check runs and what a verdict takes. */
export interface CheckTiming {
  /** `delay_loop` [60 s]: from the start of one probe to the start of the next. */
  readonly interval: Micros;
  /** `connect_timeout` [5 s], `misc_timeout` [delay_loop]: a probe that takes longer has failed. */
  readonly timeout: Micros;
  /** Failures in a row to be down: `retry` + 1 [2; DNS_CHECK 4, MISC_CHECK 1]. */
  readonly fall: number;
  /** Successes in a row to be up [1; HTTP_GET without fast_recovery: one for each url]. */
  readonly rise: number;
  /**
   * `delay_before_retry` [1 s; HTTP_GET, SSL_GET 3 s; DNS_CHECK delay_loop]: from the end of a failure
   * to the next probe while the verdict is still open. undefined: the cadence goes on.
   */
  readonly retryDelay: Micros | undefined;
  /** `warmup` [delay_loop]: the first probe comes at some time within it. */
  readonly warmup: Micros;
  /** Before the first verdict: `up`; `down` (`alpha`); or what the first result says. */
  readonly initial: 'up' | 'down' | 'first-result';
}

/** Where a probe goes and what it comes from. */
export interface ProbeTarget {
  /** `connect_ip` [the real server's]. */
  readonly address: IpAddress;
  /** `connect_port` [the real server's, as it is written]. 0: there is none, and the probe fails. */
  readonly port: number;
  /** `bindto`, `bind_if`, `bind_port`. */
  readonly bindAddress: IpAddress | undefined;
  readonly bindInterface: string | undefined;
  readonly bindPort: number;
  /** `fwmark` [0: none] of the probe's packets. */
  readonly mark: number;
}

export interface CheckerConfig {
  readonly timing: CheckTiming;
  /** `log_all_failures` [the global checker_log_all_failures]. */
  readonly logAll: boolean;
  readonly probe: ProbeConfig;
}

/** What is asked over the network. */
export type SocketProbe =
  | { readonly kind: 'PING_CHECK' | 'TCP_CHECK'; readonly target: ProbeTarget }
  | HttpProbe
  | SmtpProbe
  | DnsProbe
  | UdpProbe;

export type ProbeConfig = SocketProbe | MiscProbe | FileProbe;

export interface HttpProbe {
  readonly kind: 'HTTP_GET' | 'SSL_GET';
  readonly target: ProbeTarget;
  /** `http_protocol` [1.0]. 1.0C: with `Connection: close`. */
  readonly version: '1.0' | '1.0C' | '1.1';
  /** `fast_recovery` [false]. */
  readonly fastRecovery: boolean;
  /** `enable_sni` [false]; `sni_name` [the url's virtualhost]. */
  readonly sni: boolean;
  readonly sniName: string | undefined;
  /** One after the other in one probe; all must be right. */
  readonly urls: readonly UrlCheck[];
}

export interface UrlCheck {
  readonly path: string;
  /** `virtualhost` [that of the checker, the real server, the virtual server; the address]. */
  readonly host: string | undefined;
  /** MD5 of the body, 32 hex digits. */
  readonly digest: string | undefined;
  /** `status_code` [200-299], inclusive. */
  readonly status: readonly { readonly low: number; readonly high: number }[];
  readonly regex: RegexCheck | undefined;
}

export interface RegexCheck {
  readonly pattern: string;
  /** `regex_no_match` [false]: a match is a failure. */
  readonly negate: boolean;
  /** JavaScript's flags for `regex_options` (caseless i, dotall s, multiline m, utf u). */
  readonly flags: string;
  /** `regex_min_offset`, `regex_max_offset` [0, undefined] of where a match may begin. */
  readonly minOffset: number;
  readonly maxOffset: number | undefined;
}

export interface SmtpProbe {
  readonly kind: 'SMTP_CHECK';
  /** A `host { }` is a checker of its own. */
  readonly target: ProbeTarget;
  /** [smtpchecker.keepalived.org]. */
  readonly helo: string;
}

export const DNS_TYPES = [
  'A',
  'NS',
  'CNAME',
  'SOA',
  'MX',
  'TXT',
  'AAAA',
  'RRSIG',
  'DNSKEY',
] as const;

export interface DnsProbe {
  readonly kind: 'DNS_CHECK';
  readonly target: ProbeTarget;
  /** [SOA]. */
  readonly type: (typeof DNS_TYPES)[number];
  /** [.]. */
  readonly name: string;
}

export interface UdpProbe {
  readonly kind: 'UDP_CHECK';
  readonly target: ProbeTarget;
  /** Hex [random bytes]. */
  readonly payload: string | undefined;
  /** `require_reply` [undefined: no ICMP error is enough]; hex digits, `x` for any; '': any reply. */
  readonly reply: string | undefined;
  /** [0, 255] bytes; they count only for a reply that is given. */
  readonly minReply: number;
  readonly maxReply: number;
}

export interface MiscProbe {
  readonly kind: 'MISC_CHECK';
  readonly command: ScriptCommand;
  /** `misc_dynamic` [false]: exit code n of 2..255 makes the weight n - 2. */
  readonly dynamic: boolean;
}

export interface FileProbe {
  readonly kind: 'FILE_CHECK';
  /** Name of a `track_file`. */
  readonly file: string;
  /**
   * [the track_file's]. The number in the file times the weight is added to the server's. Weight 0: any
   * other number than 0 is a failure, reversed 0 is.
   */
  readonly weight: TrackWeight;
}

export const NO_CHECKS: CheckConfig = {
  virtualServers: [],
  groups: [],
  tls: undefined,
  timeouts: { tcp: undefined, tcpFin: undefined, udp: undefined },
  flush: false,
  flushOnStop: undefined,
  notifyFifo: undefined,
  initNotifies: false,
};
