/** Checkers of real servers, resolved. Keywords in docstrings are keepalived's; values in brackets are defaults. */
import type { IpAddress } from '../../net/address.ts';
import type { Micros } from '../../time.ts';
import type { ScriptCommand } from './config-script.ts';
import type { TrackWeight } from './config-track.ts';

/** The schedule of a check and the conditions of a verdict. */
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
   * to the next probe while the verdict is still open. undefined: the cadence continues.
   */
  readonly retryDelay: Micros | undefined;
  /** `warmup` [delay_loop]: the first probe comes at some time within it. */
  readonly warmup: Micros;
  /** Before the first verdict: `up`; `down` (`alpha`); or the first result. */
  readonly initial: 'up' | 'down' | 'first-result';
}

export const TARGET_DEFAULTS = {
  /** `bindto`, `bind_if`, `bind_port`. */
  bindAddress: undefined as IpAddress | undefined,
  bindInterface: undefined as string | undefined,
  bindPort: 0,
  /** `fwmark` [0: none] of the probe's packets. */
  mark: 0,
};
/** Destination and source of a probe. */
export interface ProbeTarget extends Readonly<typeof TARGET_DEFAULTS> {
  /** `connect_ip` [the real server's]. */
  readonly address: IpAddress;
  /** `connect_port` [the real server's, as it is written]. 0: there is none, and the probe fails. */
  readonly port: number;
}

export interface CheckerConfig {
  readonly timing: CheckTiming;
  /** `log_all_failures` [the global checker_log_all_failures]. */
  readonly logAll: boolean;
  readonly probe: ProbeConfig;
}

/** The request over the network. */
export type SocketProbe =
  | { readonly kind: 'PING_CHECK' | 'TCP_CHECK'; readonly target: ProbeTarget }
  | HttpProbe
  | SmtpProbe
  | DnsProbe
  | UdpProbe;

export type ProbeConfig = SocketProbe | MiscProbe | FileProbe;

export const HTTP_DEFAULTS = {
  /** `http_protocol` [1.0]. 1.0C: with `Connection: close`. */
  version: '1.0' as '1.0' | '1.0C' | '1.1',
  /** `fast_recovery` [false]. */
  fastRecovery: false,
  /** `enable_sni` [false]; `sni_name` [the url's virtualhost]. */
  sni: false,
  sniName: undefined as string | undefined,
};
export interface HttpProbe extends Readonly<typeof HTTP_DEFAULTS> {
  readonly kind: 'HTTP_GET' | 'SSL_GET';
  readonly target: ProbeTarget;
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
  /** Each `host { }` is a separate checker. */
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

export const UDP_DEFAULTS = {
  /** Hex [random bytes]. */
  payload: undefined as string | undefined,
  /** `require_reply` [undefined: no ICMP error is enough]; hex digits, `x` for any; '': any reply. */
  reply: undefined as string | undefined,
  /** [0, 255] bytes; they count only for a reply that is given. */
  minReply: 0,
  maxReply: 255,
};
export interface UdpProbe extends Readonly<typeof UDP_DEFAULTS> {
  readonly kind: 'UDP_CHECK';
  readonly target: ProbeTarget;
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
