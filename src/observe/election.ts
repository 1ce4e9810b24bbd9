/**
 * The observable events of an election: the stream that the invariants judge. The simulator emits it directly, as
 * scalars and without allocation, because it does so millions of times a second; a real run's timeline is
 * converted to it from the evidence (`assert/protocol/from-timeline.ts`).
 *
 * A virtual router is judged by itself: `virtual` is its index, `router` the index of a VRRP router in
 * `ElectionFacts.routers`. Times are the true ones; a router's own clock runs at `1 + rate` of it.
 */
import type { Instant, Micros } from '../time.ts';

/** keepalived's names for Initialize, Backup and Active, and its FAULT; DOWN: no process runs. */
export type Role = 'DOWN' | 'INIT' | 'BACKUP' | 'MASTER' | 'FAULT';

/** Whose rules decide where the documents and the implementations differ (src/sim/README.md, Profiles). */
export type ProfileName = 'rfc9568' | 'rfc5798' | 'rfc3768' | 'keepalived' | 'frr';

export interface RouterFacts {
  readonly name: string;
  /** The primary address as an unsigned number: the second half of the election's key. */
  readonly address: number;
  /** Configured, 1..255. */
  readonly priority: number;
  /** Own Advertisement_Interval. */
  readonly interval: Micros;
  readonly preempt: boolean;
  /** keepalived `preempt_delay` [0]. */
  readonly preemptDelay: Micros;
}

/** A tracked script, as every router of the case runs it. */
export interface CheckFacts {
  readonly interval: Micros;
  readonly timeout: Micros;
  readonly fall: number;
  readonly rise: number;
  /** 0: FAULT while it is down. */
  readonly weight: number;
}

/** Facts for the invariants. */
export interface ElectionFacts {
  readonly profile: ProfileName;
  readonly routers: readonly RouterFacts[];
  /** Virtual routers, all members of one sync group if there are several. */
  readonly virtuals: number;
  /** Delivery of an advert takes this long at least (D-) and at most (D+). */
  readonly delayLeast: Micros;
  readonly delayMost: Micros;
  /** Timers fire up to this late, processing included (g). */
  readonly lateness: Micros;
  /** The clocks' largest rate error (rho), 0..0.01. */
  readonly rateError: number;
  /** Intervals in the Active_Down_Interval (K, keepalived `down_timer_adverts`) [3]. */
  readonly downAdverts: number;
  /** Virtual addresses of each virtual router. */
  readonly addresses: number;
  /** Clients and switch ports whose knowledge of an owner is followed, by index. */
  readonly hosts: number;
  readonly check: CheckFacts | undefined;
}

/** The rare events, by kind. */
interface Changes {
  /** `cause`: the engine's reason: `no-response`, `priority-zero`, `higher-priority`, ... */
  role: AtRouter & { from: Role; to: Role; cause: string };
  install: AtRouter;
  withdraw: AtRouter;
  /** `count` gratuitous ARPs or NAs for each address have left. */
  announce: AtRouter & { count: number };
  /** A host now sends packets for the virtual address to this router; -1: to none. */
  learnt: AtRouter & { host: number };
  /** Every copy of an announcement to the host was lost: it keeps its old entry until the next announcement. */
  deaf: AtRouter & { host: number };
  /** A process starts, ends, is paused or resumes. After `stop` it ended in order. */
  process: { router: number; what: 'start' | 'crash' | 'stop' | 'pause' | 'resume' };
  link: { router: number; up: boolean };
  /** Whether packets from `from` reach `to`. True for every pair at the beginning. */
  reach: { from: number; to: number; reaches: boolean };
  /** Random loss, duplicates, delays or lateness beyond the bounds of the facts begin or end. */
  noise: { on: boolean };
  /** The effective priority that follows from the tracked objects, by the case. */
  priority: { router: number; priority: number };
  /** The effective priority that the router reports. */
  'claimed-priority': AtRouter & { priority: number };
  /** SIGHUP with another configuration. */
  configured: { router: number; facts: RouterFacts };
  /** A run of the tracked script began, ended, or was given up at its timeout. */
  'check-started': { router: number };
  /** `late`: it had timed out before, so its result does not count. */
  'check-ended': { router: number; ok: boolean; late: boolean };
  'check-timed-out': { router: number };
  /** The service that the script watches breaks or is repaired. */
  'check-cause': { router: number; broken: boolean };
  /** The router's verdict. */
  'check-verdict': { router: number; up: boolean };
  /** A packet that no receive check may pass was delivered to the router. */
  garbage: AtRouter;
  /** The router's wall clock was set. */
  'wall-clock': { router: number };
  /** The router itself found that it had not run for longer than its peers wait. */
  stalled: AtRouter;
  /** Two owners (priority 255) hear each other: reported as an error of configuration. */
  'owner-conflict': AtRouter;
}

type AtRouter = { virtual: number; router: number };

export type ElectionChange = {
  [K in keyof Changes]: { readonly kind: K } & Readonly<Changes[K]>;
}[keyof Changes];

export interface ElectionListener {
  change(at: Instant, change: ElectionChange): void;
  /** An advert left a router. Priority 0 resigns. */
  sent(at: Instant, virtual: number, router: number, priority: number, interval: Micros): void;
  /** An advert arrived; `accepted`: every receive check passed. */
  heard(
    at: Instant,
    virtual: number,
    router: number,
    from: number,
    priority: number,
    interval: Micros,
    accepted: boolean,
  ): void;
  /** An advert will not arrive at `router`: lost, cut off, or its process does not read. */
  missed(at: Instant, virtual: number, router: number, from: number, priority: number): void;
  /**
   * Nothing but adverts of the only Active, and runs of scripts that confirm their verdicts, happened between the two
   * times; they were not reported singly, and every router that can hear the last of these adverts did.
   */
  jumped(from: Instant, virtual: number, to: Instant): void;
  ends(at: Instant): void;
}
