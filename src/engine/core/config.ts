/**
 * The configuration the daemon runs, resolved: every default filled in, every unit inside `Micros`.
 * `conf/read.ts` reads it from keepalived.conf text and `conf/print.ts` prints it. Keywords in
 * docstrings are keepalived's; values in brackets are defaults.
 */

import type { Family, IpAddress, Mac, Prefix } from '../../net/address.ts';
import type { ChecksumDialect } from '../../net/vrrp-packet.ts';
import { type Micros, micros, seconds } from '../../time.ts';
import type { UnicastConfig, VirtualAddress, VirtualRoute, VirtualRule } from './config-address.ts';
import { type CheckConfig, NO_CHECKS } from './config-check.ts';
import {
  MAIL_DEFAULTS,
  type MailConfig,
  PROCESS_DEFAULTS,
  type ProcessConfig,
  SNMP_DEFAULTS,
  type SnmpConfig,
} from './config-process.ts';
import type { GlobalScript, NotifyConfig, NotifyFifo, ScriptUser } from './config-script.ts';
import type {
  GarpGroup,
  InterfaceTrack,
  LinkDelay,
  ObjectTrack,
  StaticConfig,
  SyncGroupConfig,
  TrackFileConfig,
  TrackProcessConfig,
  VrrpScriptConfig,
} from './config-track.ts';

export interface DaemonConfig {
  /** Virtual servers and their checks. */
  readonly check: CheckConfig;
  readonly global: GlobalConfig;
  readonly instances: readonly VrrpInstanceConfig[];
  readonly syncGroups: readonly SyncGroupConfig[];
  readonly scripts: readonly VrrpScriptConfig[];
  readonly files: readonly TrackFileConfig[];
  readonly processes: readonly TrackProcessConfig[];
  readonly statics: StaticConfig;
  /** `interface_up_down_delays`. */
  readonly linkDelays: readonly LinkDelay[];
  /** `garp_group`. */
  readonly garpGroups: readonly GarpGroup[];
}

/**
 * Which published rule decides where the RFCs differ. `rfc9568`: an Active answers a losing advert at
 * once. `rfc5798`: it stays silent, and adopting an interval leaves the skew as it was. `rfc3768`:
 * version 2 rules, silent as well.
 */
export type VrrpProfile = 'rfc9568' | 'rfc5798' | 'rfc3768';

/** Settings of every instance; `VrrpFeatures` has those with a default. */
export interface VrrpInstanceConfig extends VrrpFeatures {
  readonly name: string;
  /** `state`: only the wish at start. MASTER iff priority 255 decides ownership here. */
  readonly state: 'MASTER' | 'BACKUP';
  /** `''`: unicast without an interface, routed by the kernel. */
  readonly interface: string;
  /** 1..255, `virtual_router_id`. */
  readonly vrid: number;
  /** 1..255 [100]; 255 is the address owner (RFC 9568 5.2.4). */
  readonly priority: number;
  /** `advert_int` [1 s]. Version 2: whole seconds 1..255; version 3: 10 ms..40.95 s. */
  readonly advertInterval: Micros;
  readonly version: 2 | 3;
  readonly family: Family;
  /** Preempt_Mode (RFC 9568 6.1) [true]; `nopreempt` turns it off. */
  readonly preempt: boolean;
  /** `preempt_delay`, 0..1000 s [0]. */
  readonly preemptDelay: Micros;
  /** Accept_Mode (RFC 9568 6.1); keepalived's default is true. */
  readonly accept: boolean;
  /** In the advert, in this order. */
  readonly addresses: readonly VirtualAddress[];
  readonly profile: VrrpProfile;
  /** Of the adverts sent (version 3 over IPv4); `v3_checksum_as_v2` selects `rfc9568`. */
  readonly checksum: ChecksumDialect;
}

/** Features whose values `global_defs` gives to instances that say nothing. */
export const INHERITED_DEFAULTS = {
  /** `lower_prio_no_advert` [false]: an Active does not answer a losing advert. */
  lowerPrioNoAdvert: false,
  /** `higher_prio_send_advert` [false]: one more advert before giving way, so that the winner announces. */
  higherPrioSendAdvert: false,
  /** `owner_ignore_adverts` [false]: an owner discards every advert (RFC 3768, RFC 5798). */
  ownerIgnoreAdverts: false,
  /** `down_timer_adverts`, 1..100 [3]: the intervals in the Active_Down_Interval. */
  downTimerAdverts: 3,
  /**
   * `max_advert_int`, `vrrp_max_advert_int`, ours [undefined: the protocol's 40.95 s]: a Backup learns no longer
   * interval, regardless of the advert. At least the own `advert_int`.
   */
  maxAdvertInterval: undefined as Micros | undefined,
  /** `skip_check_adv_addr` [false]: the address list of the known Active is checked once. */
  skipCheckAddresses: false,
  /** `vrrp_strict`, `strict_mode`: settings that the RFC forbids are refused. */
  strict: false,
};

/** Everything an instance may do beyond electing an owner of addresses. */
export const FEATURE_DEFAULTS = {
  /** `virtual_ipaddress_excluded`: installed with the others, not in the advert. */
  excluded: [] as readonly VirtualAddress[],
  routes: [] as readonly VirtualRoute[],
  rules: [] as readonly VirtualRule[],
  /** `unicast_peer`; undefined: multicast. */
  unicast: undefined as UnicastConfig | undefined,
  /** `mcast_src_ip` or `unicast_src_ip` [the primary address]. */
  source: undefined as IpAddress | undefined,
  /** `track_src_ip`: FAULT while the source is not on the interface. */
  trackSource: false,
  /** `mcast_dst_ip`, `vrrp_mcast_group4`, `vrrp_mcast_group6` [224.0.0.18, ff02::12]. */
  group: undefined as IpAddress | undefined,
  vmac: undefined as VmacConfig | undefined,
  /** `authentication`, version 2 only. */
  authentication: undefined as AuthenticationConfig | undefined,
  hmac: undefined as HmacConfig | undefined,
  garp: {
    delay: seconds(5),
    repeat: 5,
    lowerPrioDelay: seconds(5),
    lowerPrioRepeat: 5,
    refresh: micros(0),
    refreshRepeat: 1,
  } as GarpConfig,
  ...INHERITED_DEFAULTS,
  trackInterfaces: [] as readonly InterfaceTrack[],
  /** `track_script`, `track_file`, `track_process`. */
  tracks: [] as readonly ObjectTrack[],
  /** Names of the `track_group`s it is in, sorted: their static addresses, routes and rules must be there. */
  trackGroups: [] as readonly string[],
  /** `dont_track_primary` [false]. */
  trackPrimary: true,
  notify: { priorityChanges: false, smtpAlert: false } as NotifyConfig,
};
export type VrrpFeatures = Readonly<typeof FEATURE_DEFAULTS>;

export const GLOBAL_DEFAULTS = {
  /** `router_id` [undefined: the host's name]. */
  routerId: undefined as string | undefined,
  /** `vrrp_version` 2 or 3 [2]; an IPv6 instance is always version 3. */
  vrrpVersion: 2 as 2 | 3,
  /** `vrrp_startup_delay`, 0..1200 s [0]: adverts are neither sent nor timed out before. */
  startupDelay: micros(0),
  /** `vrrp_delay_after_boot`, 0..1200 s [0]: the same, counted from the start of the system. */
  delayAfterBoot: micros(0),
  /** `vrrp_garp_interval`, 0..60 s [0]: between two gratuitous ARPs on an interface. */
  garpInterval: micros(0),
  /** `vrrp_gna_interval`, 0..60 s [0]: between two unsolicited Neighbor Advertisements. */
  gnaInterval: micros(0),
  /** `vrrp_notify_fifo` and `notify_fifo`, with the script that reads them. */
  vrrpNotifyFifo: undefined as NotifyFifo | undefined,
  notifyFifo: undefined as NotifyFifo | undefined,
  /** `script_user USER [GROUP]` [keepalived_script if it exists, otherwise root]. */
  scriptUser: undefined as ScriptUser | undefined,
  /** `enable_script_security` [false]: no script runs as root whose path others may write. */
  scriptSecurity: false,
  /** `startup_script`, `shutdown_script` and their time limits [10 s]. */
  startupScript: undefined as GlobalScript | undefined,
  shutdownScript: undefined as GlobalScript | undefined,
  /** `child_wait_time` [5 s]: how long a child may take to stop. */
  childWaitTime: seconds(5),
  /** `dynamic_interfaces` [false]; halab waits for interfaces in any case. */
  dynamicInterfaces: false,
  /** `fifo_write_vrrp_states_on_reload` [false]. */
  fifoStatesOnReload: false,
  /** `vrrp_notify_priority_changes` [false]. */
  notifyPriorityChanges: false,
  process: PROCESS_DEFAULTS as ProcessConfig,
  mail: MAIL_DEFAULTS as MailConfig,
  snmp: SNMP_DEFAULTS as SnmpConfig,
};
export type GlobalConfig = Readonly<typeof GLOBAL_DEFAULTS>;

/** A configuration with only these instances. */
export function plainConfig(
  instances: readonly VrrpInstanceConfig[],
  global: Partial<GlobalConfig> = {},
): DaemonConfig {
  return {
    global: { ...GLOBAL_DEFAULTS, ...global },
    instances,
    syncGroups: [],
    scripts: [],
    files: [],
    processes: [],
    statics: { addresses: [], routes: [], rules: [] },
    linkDelays: [],
    check: NO_CHECKS,
    garpGroups: [],
  };
}

export interface VmacConfig {
  /** [`vmac_prefix`.VRID, see conf-vmac-names.ts]. */
  readonly interface: string;
  /** `vmac_xmit_base` [false]: adverts leave on the base interface, with its own MAC. */
  readonly transmitOnBase: boolean;
  /** [00:00:5e:00:01:VRID; 00:00:5e:00:02:VRID for IPv6]. An ipvlan has that of the interface below. */
  readonly mac: Mac | undefined;
  /** `use_ipvlan` instead of `use_vmac`. */
  readonly ipvlan: IpvlanConfig | undefined;
}

export interface IpvlanConfig {
  /** Of the ipvlan; the source of adverts. */
  readonly address: Prefix;
  /** [bridge]; the same for all on one interface. */
  readonly mode: 'bridge' | 'private' | 'vepa';
}

export interface AuthenticationConfig {
  readonly type: 'PASS' | 'AH';
  /** 1..8 bytes; keepalived truncates a longer one. */
  readonly password: string;
}

/** `auth_hmac` of keepalived 2.4. */
export interface HmacConfig {
  readonly keys: readonly HmacKey[];
  /** Id of the key that signs. */
  readonly activeKey: number;
  /** `anti_replay` [time]. */
  readonly antiReplay: 'time' | 'monotonic';
  /** `time_window` 1..300 s [max(3 x advert_int, 5 s)]. */
  readonly timeWindow: Micros;
  /** [enforce]. permissive signs and accepts unsigned adverts; receive-only also sends none. */
  readonly mode: 'enforce' | 'permissive' | 'receive-only';
}

export interface HmacKey {
  /** 1..255. */
  readonly id: number;
  /** As written: text, `hex:...` or `file:PATH`. */
  readonly source: string;
  /** 32..64 bytes as hex; the reader of the configuration resolves files. */
  readonly hex: string;
}

export interface GarpConfig {
  /** `garp_master_delay` [5 s]: the second burst; 0: none. */
  readonly delay: Micros;
  /** `garp_master_repeat` [5]: announcements of each address in a burst. */
  readonly repeat: number;
  /** `garp_lower_prio_delay`, `garp_lower_prio_repeat` [as for a new Active]: after a losing advert. */
  readonly lowerPrioDelay: Micros;
  readonly lowerPrioRepeat: number;
  /** `garp_master_refresh` [0: off]: again and again while Active. */
  readonly refresh: Micros;
  /** `garp_master_refresh_repeat` [1]. */
  readonly refreshRepeat: number;
}
