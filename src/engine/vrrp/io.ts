/**
 * What goes into the vrrp machine and what comes out: the seam between the pure engine and its hosts
 * (`daemon/` on real sockets, `sim/` in virtual time). Everything is plain data; bytes are
 * `Uint8Array`s, which a recorder writes as hex.
 */
import type { Family, IpAddress } from '../../net/address.ts';
import type { CheckId } from '../../net/receive-checks.ts';

export type VrrpInput =
  /** The host is ready: interfaces have been told. */
  | { readonly kind: 'startup' }
  /** Leave every state in order: an Active sends priority 0 and withdraws its addresses. */
  | { readonly kind: 'shutdown' }
  /** `nextDeadline` has come. An early or a needless wake does nothing. */
  | { readonly kind: 'wake' }
  /** One received VRRP message (without its IP header). */
  | {
      readonly kind: 'packet';
      readonly interface: string;
      readonly family: Family;
      readonly source: IpAddress;
      readonly destination: IpAddress;
      /** TTL or hop limit as received; must be 255 (RFC 9568 5.1.1.3, 5.1.2.3). */
      readonly ttl: number;
      readonly message: Uint8Array;
    }
  /** What the host knows of an interface, told at start and at every change. */
  | { readonly kind: 'interface'; readonly status: InterfaceStatus }
  /** The host could not do what an Active needs (install its addresses): it must not stay Active. */
  | { readonly kind: 'host-failed'; readonly instance: string; readonly reason: string };

export interface InterfaceStatus {
  readonly name: string;
  /** Administratively up and with carrier. */
  readonly up: boolean;
  /** Primary IPv4 address; undefined if there is none yet. */
  readonly primary4: IpAddress | undefined;
  /** A usable (not tentative) link-local address; undefined if there is none yet. */
  readonly primary6: IpAddress | undefined;
  /** Why `up` is false or sending is impossible, for the FAULT message. */
  readonly problem?: string;
}

export type VrrpEffect =
  /** Send one advert to the group, TTL 255, from `source`; the host answers `false` if it could not. */
  | {
      readonly kind: 'send';
      readonly instance: string;
      readonly interface: string;
      readonly family: Family;
      readonly source: IpAddress;
      readonly destination: IpAddress;
      readonly message: Uint8Array;
      /** Of the message, for logs: 0 means "I resign". */
      readonly priority: number;
    }
  /** Put the instance's virtual addresses on its interface, or take them away. */
  | { readonly kind: 'install'; readonly instance: string }
  | { readonly kind: 'withdraw'; readonly instance: string }
  /** Send one gratuitous ARP or unsolicited NA per virtual address, now. */
  | { readonly kind: 'announce'; readonly instance: string }
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
  /** One received packet was judged: exactly one of these per `packet` input. */
  | {
      readonly kind: 'received';
      readonly instance: string | undefined;
      readonly outcome: 'accepted' | CheckId;
      readonly source: IpAddress;
    };

/** keepalived's words, used wherever a state is shown: Initialize, Backup, Active and FAULT. */
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
  | 'send-failed'
  | 'host-failed'
  | 'recovered'
  | 'shutdown';
