/**
 * One simulated election as plain data: who takes part, over which network, and what goes wrong when. The
 * same record is generated, shrunk, replayed and written as a scenario. Times are integer microseconds.
 */
import type { Defect } from '../../fault/forge.ts';
import type { IpAddress } from '../../net/address.ts';
import type { ProfileName } from '../../observe/election.ts';
import type { Micros } from '../../time.ts';

export interface Case {
  readonly profile: ProfileName;
  /** Of the network's draws and the timers' lateness. */
  readonly seed: number;
  readonly routers: readonly RouterSpec[];
  /** 1, or more in one sync group. */
  readonly virtuals: number;
  readonly network: NetworkSpec;
  readonly check: CheckSpec | undefined;
  /** keepalived `garp_master_refresh` of every router [none]. */
  readonly refresh?: Micros | undefined;
  readonly faults: readonly FaultSpec[];
  /** How long the end is watched after the last fault is over; undefined: as long as every bound needs. */
  readonly quiet: Micros | undefined;
}

export interface RouterSpec {
  /** 1..255. */
  readonly priority: number;
  /** Version 3: 10 ms..40.95 s. Version 2 (rfc3768): whole seconds. */
  readonly interval: Micros;
  readonly preempt: boolean;
  readonly preemptDelay: Micros;
  /** When its process starts. */
  readonly start: Micros;
  /** Its clock runs this much fast, -10 000..10 000 parts per million. */
  readonly ppm: number;
  /** IPv4 [one of its own, by index]. */
  readonly address?: IpAddress;
}

export interface NetworkSpec {
  readonly delayLeast: Micros;
  readonly delayMost: Micros;
  /** Timers fire up to this late (uniform, or by the profile's table if `calibrated`). */
  readonly lateness: Micros;
  readonly calibrated: boolean;
  /** While faults last: independent loss of each delivery, per mille. */
  readonly loss: number;
  /** While faults last: how many deliveries in a row are lost on average once one is [1]. */
  readonly burst: number;
  /** While faults last: a second copy, per mille. */
  readonly duplicate: number;
  /** While faults last: a delivery is held back by up to ten times `delayMost`, per mille. */
  readonly reorder: number;
  /** Announcements are lost as well, per mille, while faults last. */
  readonly announcementLoss: number;
  /** Clients and switch ports that learn who owns the address. */
  readonly hosts: number;
  /** Exactly these deliveries are lost: what shrinking makes of `loss`. */
  readonly drops: readonly Drop[];
  /** Exactly these deliveries take so long, whatever the bounds say: the traces of the exhaustive check [none]. */
  readonly delays?: readonly Delay[];
}

export interface Delay extends Drop {
  readonly takes: Micros;
}

/** The `nth` advert (from 0) that `from` sent for the virtual router, on its way to `to`. */
export interface Drop {
  readonly from: number;
  readonly to: number;
  readonly virtual: number;
  readonly nth: number;
}

export interface CheckSpec {
  readonly interval: Micros;
  readonly timeout: Micros;
  readonly fall: number;
  readonly rise: number;
  /** 0: FAULT while it is down. */
  readonly weight: number;
  /** How long a run takes. */
  readonly takes: Micros;
}

/**
 * When: `after` the one before it began, and then, with `edge`, at the next deadline of that timer of the router
 * plus `offset`. `for`: over after this long; what cannot be over has 0.
 */
export interface FaultSpec {
  readonly after: Micros;
  readonly edge: Edge | undefined;
  readonly for: Micros;
  readonly what: What;
}

export interface Edge {
  readonly timer: 'down' | 'advert';
  /** Index, modulo the number of routers. */
  readonly router: number;
  /** May be negative. */
  readonly offset: Micros;
}

/** Router indexes are taken modulo the number of routers, so that shrinking the cluster keeps faults valid. */
export type What =
  /** SIGKILL of the whole node; it starts anew afterwards. */
  | { readonly kind: 'crash'; readonly router: number }
  /** SIGTERM: priority 0; starts anew afterwards. */
  | { readonly kind: 'stop'; readonly router: number }
  /** SIGSTOP; what arrives waits in its socket. */
  | { readonly kind: 'pause'; readonly router: number }
  /** The cable: the router sees it. */
  | { readonly kind: 'link'; readonly router: number }
  /** Nothing that `from` sends reaches `to`. */
  | { readonly kind: 'cut'; readonly from: number; readonly to: number }
  /** Bit i of `side`: router i is on the other side. `oneWay`: only from that side. */
  | { readonly kind: 'split'; readonly side: number; readonly oneWay: boolean }
  /** The next `count` deliveries from `from` to `to` are lost. */
  | { readonly kind: 'lose'; readonly from: number; readonly to: number; readonly count: number }
  /** What the tracked script watches is broken. Without a check in the case: nothing. */
  | { readonly kind: 'break'; readonly router: number }
  /** SIGHUP with another priority; the old one afterwards. */
  | { readonly kind: 'reload'; readonly router: number; readonly priority: number }
  /** Every timer of the router fires this much later. */
  | { readonly kind: 'slow'; readonly router: number; readonly by: Micros }
  /** The wall clock jumps. */
  | { readonly kind: 'wall-clock'; readonly router: number; readonly by: Micros }
  /** A packet that must be refused, twice an interval. */
  | { readonly kind: 'garbage'; readonly router: number; readonly defect: Defect };

export type WhatKind = What['kind'];

/** What the simulator did with a fault: absolute times, for the story. */
export interface AppliedFault {
  readonly index: number;
  readonly what: What;
  readonly from: Micros;
  readonly to: Micros;
}
