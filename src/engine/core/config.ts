/**
 * The configuration the daemon runs, resolved: every default filled in, every unit inside `Micros`.
 * `conf-parser.ts` makes it from keepalived.conf text and `conf-printer.ts` writes it back.
 */
import type { Family, IpAddress } from '../../net/address.ts';
import type { ChecksumDialect } from '../../net/vrrp-packet.ts';
import type { Micros } from '../../time.ts';

export interface DaemonConfig {
  readonly global: GlobalConfig;
  readonly instances: readonly VrrpInstanceConfig[];
}

export interface GlobalConfig {
  /** keepalived `router_id`; default: undefined, the host's name. */
  readonly routerId: string | undefined;
  /** keepalived `vrrp_version` 2 or 3, default 2; an IPv6 instance is always version 3. */
  readonly vrrpVersion: 2 | 3;
}

/**
 * Which published rule decides where the RFCs differ. `rfc9568`: an Active answers a losing advert at
 * once. `rfc5798`: it stays silent, and adopting an interval leaves the skew as it was. `rfc3768`:
 * version 2 rules, silent as well.
 */
export type VrrpProfile = 'rfc9568' | 'rfc5798' | 'rfc3768';

export interface VrrpInstanceConfig {
  readonly name: string;
  /** keepalived `state`: only the wish at start. MASTER iff priority 255 decides ownership here. */
  readonly state: 'MASTER' | 'BACKUP';
  readonly interface: string;
  /** 1..255, keepalived `virtual_router_id`. */
  readonly vrid: number;
  /** 1..255, default 100; 255 is the address owner (RFC 9568 5.2.4). */
  readonly priority: number;
  /** keepalived `advert_int`, default 1 s. Version 2: whole seconds 1..255; version 3: 10 ms..40.95 s. */
  readonly advertInterval: Micros;
  readonly version: 2 | 3;
  readonly family: Family;
  /** Preempt_Mode (RFC 9568 6.1), default true; keepalived `nopreempt` turns it off. */
  readonly preempt: boolean;
  /** keepalived `preempt_delay`, 0..1000 s, default 0. */
  readonly preemptDelay: Micros;
  /** Accept_Mode (RFC 9568 6.1); keepalived's default is true. */
  readonly accept: boolean;
  readonly addresses: readonly VirtualAddress[];
  readonly profile: VrrpProfile;
  readonly checksum: ChecksumDialect;
}

/** One entry of `virtual_ipaddress`. */
export interface VirtualAddress {
  readonly address: IpAddress;
  /** Prefix length on the interface; default 32 or 128 as in keepalived. */
  readonly length: number;
}
