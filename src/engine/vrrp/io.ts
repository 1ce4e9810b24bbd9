/**
 * Inputs and effects of the vrrp machine: the seam between the pure engine and its hosts
 * (`daemon/` on real sockets, `sim/` in virtual time). Everything is plain data; bytes are
 * `Uint8Array`s, which a recorder writes as hex.
 */
import type { Family, IpAddress } from '../../net/address.ts';
import type { CheckId } from '../../net/local-checks.ts';
import type { ReceivedPacket } from '../../net/receive-checks.ts';
import type { Instant, Micros } from '../../time.ts';
import type { DaemonConfig, VrrpInstanceConfig } from '../core/config.ts';

export type VrrpInput =
  /**
   * The host is ready and has reported its interfaces. `resume` names instances that were Active in a
   * process that died at `diedAt` and whose addresses are still in place. `uptime`: since the boot of the
   * system, for `vrrp_delay_after_boot`.
   */
  | { readonly kind: 'startup'; readonly resume?: Resume; readonly uptime?: Micros }
  /** Stop every instance in order: an Active sends priority 0 and withdraws its addresses. */
  | { readonly kind: 'shutdown' }
  /** `nextRouterDeadline` has come. An early or needless wake-up has no effect. */
  | { readonly kind: 'wake' }
  /** One received VRRP message (without its IP header). */
  | ({ readonly kind: 'packet'; readonly interface: string } & ReceivedPacket)
  /** The status of an interface, at start and at every change. */
  | { readonly kind: 'interface'; readonly status: InterfaceStatus }
  /** The host cannot install anything that an Active must have: another router should be Active. */
  | { readonly kind: 'host-failed'; readonly instance: string; readonly reason: string }
  /** Wall clock, microseconds since 1970, when it was set: only for signatures that carry it. */
  | { readonly kind: 'clock'; readonly utc: number }
  /** A `vrrp_script` that `run-script` started has ended; exit code 0 is ok. */
  | { readonly kind: 'script-ended'; readonly name: string; readonly ok: boolean }
  /** The number in a tracked file; undefined: no number, which counts as 0. */
  | { readonly kind: 'file'; readonly name: string; readonly value: number | undefined }
  /** How many processes match a `vrrp_track_process`. */
  | { readonly kind: 'process-count'; readonly name: string; readonly count: number }
  /** The missing object of a `track_group` that cannot be restored; undefined: none. */
  | { readonly kind: 'track-group'; readonly group: string; readonly missing: string | undefined }
  /** A new configuration (SIGHUP): instances that it does not change continue. */
  | { readonly kind: 'config'; readonly config: DaemonConfig };

export interface Resume {
  readonly instances: readonly string[];
  readonly diedAt: Instant;
}

export interface InterfaceStatus {
  readonly name: string;
  /** Administratively up and with carrier. */
  readonly up: boolean;
  /** Primary IPv4 address; undefined if there is none yet. */
  readonly primary4: IpAddress | undefined;
  /** A usable (not tentative) link-local address; undefined if there is none yet. */
  readonly primary6: IpAddress | undefined;
  /** All usable addresses that are not virtual: where a configured source must be [the primary ones]. */
  readonly addresses?: readonly IpAddress[];
  /** Why `up` is false or sending is impossible, for the FAULT message. */
  readonly problem?: string;
}

export type VrrpEffect =
  /** Send one advert; `emit` returns `false` if the host could not. */
  | {
      readonly kind: 'send';
      readonly instance: string;
      /** Where it leaves: the instance's interface, or its vmac. */
      readonly interface: string;
      readonly family: Family;
      readonly source: IpAddress;
      /** The group, or one unicast peer. */
      readonly destination: IpAddress;
      readonly ttl: number;
      /** The VRRP message. */
      readonly message: Uint8Array;
      /** Under AH: the whole IPv4 packet with its header, sent instead of `message`. */
      readonly ahPacket: Uint8Array | undefined;
      /** Of the message, for logs; 0 resigns. */
      readonly priority: number;
    }
  /** Install or remove the addresses, routes and rules of `config`. */
  | { readonly kind: 'install'; readonly instance: string; readonly config: VrrpInstanceConfig }
  | { readonly kind: 'withdraw'; readonly instance: string; readonly config: VrrpInstanceConfig }
  /** Send `repeat` gratuitous ARPs or unsolicited NAs per virtual address, now. */
  | {
      readonly kind: 'announce';
      readonly instance: string;
      readonly config: VrrpInstanceConfig;
      readonly repeat: number;
    }
  | {
      readonly kind: 'state';
      readonly instance: string;
      readonly from: VrrpStateName;
      readonly to: VrrpStateName;
      readonly reason: TransitionReason;
      /** A sentence for people: which packet, which timer, which interface. */
      readonly detail: string;
      readonly priority: number;
    }
  /** A sync group is MASTER if all its members are, FAULT if one is, otherwise BACKUP. */
  | { readonly kind: 'group-state'; readonly group: string; readonly to: VrrpStateName }
  /** The effective priority changed: a tracked object moved it. */
  | {
      readonly kind: 'priority';
      readonly instance: string;
      readonly priority: number;
      readonly detail: string;
    }
  /** A `vrrp_script` turned up or down by its rise and fall; also its first result. */
  | { readonly kind: 'script'; readonly name: string; readonly up: boolean }
  /** While Active, a losing advert arrived: another router was Active, too. */
  | { readonly kind: 'lower-priority'; readonly instance: string; readonly source: IpAddress }
  /** The host did not run for so long that the Active_Down_Timers of the peers must have expired. */
  | { readonly kind: 'stalled'; readonly instance: string; readonly late: Micros }
  /** A reload removed the instance. */
  | { readonly kind: 'deleted'; readonly instance: string; readonly config: VrrpInstanceConfig }
  | { readonly kind: 'run-script'; readonly name: string }
  /** The script ran into its timeout: signal its process group. */
  | { readonly kind: 'end-script'; readonly name: string; readonly signal: 'SIGTERM' | 'SIGKILL' }
  /** The outcome of the receive checks: exactly one per `packet` input. */
  | {
      readonly kind: 'received';
      readonly instance: string | undefined;
      readonly outcome: 'accepted' | CheckId;
      readonly source: IpAddress;
      /** Accepted, but different from our own configuration (version 3: RFC 9568 7.1 wants a log message). */
      readonly differs?: 'interval' | 'addresses';
    };

/** Carries out one effect, at once and in order. `false`: it failed; the machine only looks at the result of `send`. */
export type Emit = (effect: VrrpEffect) => boolean;

/** States under keepalived's names, as they are shown: Initialize, Backup, Active and FAULT. */
export type VrrpStateName = 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT';

/** Why a state was entered; after RFC 6527 vrrpv3NewMasterReason and RFC 8347. */
export type TransitionReason =
  | 'startup'
  | 'owner'
  | 'no-response'
  | 'priority-zero'
  | 'preempted'
  | 'higher-priority'
  | 'higher-address'
  | 'interface-down'
  | 'no-source-address'
  | 'tracked-object'
  | 'sync-group'
  | 'send-failed'
  | 'host-failed'
  | 'stalled'
  | 'resumed'
  | 'recovered'
  | 'deleted'
  | 'shutdown';
