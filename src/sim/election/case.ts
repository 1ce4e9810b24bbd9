/**
 * One simulated election as plain data: its routers, its network, and its faults with their times. The same record is
 * generated, shrunk, replayed and written as a scenario. Times are integer microseconds.
 */
import type { FaultOf } from '../../fault/faults.ts';
import type { ScriptFault } from '../../fault/script.ts';
import type { IpAddress } from '../../net/address.ts';
import type { CheckFacts, ProfileName, RouterFacts } from '../../observe/election.ts';
import { type Micros, micros } from '../../time.ts';

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

/** Intervals: version 3, 10 ms..40.95 s; version 2 (rfc3768), whole seconds. */
export interface RouterSpec
  extends Pick<RouterFacts, 'priority' | 'interval' | 'preempt' | 'preemptDelay'> {
  /** Of its node [r1, r2, ... by index]. */
  readonly name?: string;
  /** When its process starts. */
  readonly start: Micros;
  /** Its clock runs this much fast, -10 000..10 000 parts per million. */
  readonly ppm: number;
  /** IPv4 [a unique address by index]. */
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
  /** Clients and switch ports that learn the owner of the address. */
  readonly hosts: number;
  /** Exactly these deliveries are lost: shrinking replaces `loss` by them. */
  readonly drops: readonly Drop[];
  /** Exactly these deliveries take so long, beyond the bounds too: from traces of the exhaustive check [none]. */
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

export interface CheckSpec extends CheckFacts {
  /** How long a run takes. */
  readonly takes: Micros;
}

/**
 * When: `after` the one before it began, and then, with `edge`, at the next deadline of that timer of the router
 * plus `offset`. `for`: it ends after this long; what ends at once has 0.
 */
export interface FaultSpec {
  readonly after: Micros;
  readonly edge: Edge | undefined;
  readonly for: Micros;
  /** They start and end together: a split is several blocked paths. */
  readonly faults: readonly ExactFault[];
}

export interface Edge {
  readonly timer: 'down' | 'advert';
  /** Index. */
  readonly router: number;
  /** May be negative. */
  readonly offset: Micros;
}

/** The faults that the exact simulator knows; their nodes are the routers' names. */
export type ExactFault =
  | FaultOf<PlainKind>
  | (ScriptFault & { readonly kind: 'check-script.fail' });

type PlainKind =
  | 'node.kill'
  | 'node.stop'
  | 'process.pause'
  | 'process.reload'
  | 'process.slow'
  | 'clock.step'
  | 'link.down'
  | 'vrrp.block'
  | 'vrrp.lose'
  | 'vrrp.forge';

/** Faults that had an effect, with absolute times. */
export interface AppliedFault {
  /** In the case. */
  readonly index: number;
  readonly faults: readonly ExactFault[];
  readonly from: Micros;
  readonly to: Micros;
}

/** The name of a router that has none: r1, r2, ... */
export function nodeName(index: number): string {
  return `r${index + 1}`;
}

/** The index of a node's router; -1: it has none. */
export function routerOn({ routers }: Pick<Case, 'routers'>, node: string): number {
  return routers.findIndex(({ name }, index) => (name ?? nodeName(index)) === node);
}

/** Its time is absolute. */
export type TimedFault = Pick<FaultSpec, 'for' | 'faults'> & { readonly at: Micros };

/** `timed`: in the order of their times. */
export function faultsAt(timed: readonly TimedFault[]): FaultSpec[] {
  return timed.map(({ at, for: lasts, faults }, i) => {
    const after = micros(at - (timed[i - 1]?.at ?? 0));
    return { after, edge: undefined, for: lasts, faults };
  });
}
