/** Addresses, routes, rules and unicast peers. Keywords in docstrings are keepalived's; values in brackets are defaults. */
import type { Family, IpAddress, Mac } from '../../net/address.ts';

export type AddressFlag = 'home' | '-nodad' | 'mngtmpaddr' | 'noprefixroute' | 'autojoin';

/** One entry of `virtual_ipaddress`. */
export interface VirtualAddress {
  readonly address: IpAddress;
  /** Prefix length on the interface [32 or 128, as in keepalived]. */
  readonly length: number;
  /** `dev` [the instance's interface, or its vmac]. */
  readonly interface?: string;
  /** `scope` [link for fe80::/10, otherwise global]. */
  readonly scope?: 'host' | 'link' | 'site' | 'global' | 'nowhere';
  readonly label?: string;
  /** `brd`; `+` and `-`: with the host bits of the prefix set or cleared [none, as in keepalived]. */
  readonly broadcast?: IpAddress | '+' | '-';
  /** `peer` of a point-to-point link. */
  readonly peer?: IpAddress;
  /** Words without a value, as ip(8) knows them; `-nodad` matters to static addresses only. */
  readonly flags?: readonly AddressFlag[];
  readonly track?: Track;
  /** `use_vmac` of the address, `use_vmac_addr`: a vmac on the interface, for it alone. */
  readonly vmac?: { readonly interface: string; readonly mac: Mac };
}

/**
 * The reaction if another program removes it. `none` (`no_track`): nothing, and it does not come back
 * before the next time it is put in place. A name (`track_group`, static ones): FAULT for the instances of
 * that group, unless it can be put back. [It is put back.]
 */
export type Track = { readonly kind: 'none' } | { readonly kind: 'group'; readonly name: string };

/** A route in the syntax of iproute2, added while Active. */
export interface VirtualRoute {
  readonly family: Family;
  /** `10.0.0.0/8 via 10.1.1.1 dev lan metric 5`, ready for `ip route replace`. */
  readonly words: readonly string[];
  readonly track?: Track;
}

/** `from 10.0.0.0/8 table 5`, ready for `ip rule add`. */
export type VirtualRule = VirtualRoute;

export interface UnicastConfig {
  readonly peers: readonly UnicastPeer[];
  /** `unicast_ttl` 1..255 [255] of what is sent. */
  readonly ttl: number;
  /** `check_unicast_src` [false]: adverts of senders that are no peers are refused. */
  readonly checkSource: boolean;
  /** `unicast_fault_no_peer` [false]: FAULT without a peer. */
  readonly faultNoPeer: boolean;
}

export interface UnicastPeer {
  readonly address: IpAddress;
  /** `min_ttl`, `max_ttl` 0..255 [undefined: not looked at]. */
  readonly minTtl: number | undefined;
  readonly maxTtl: number | undefined;
}
