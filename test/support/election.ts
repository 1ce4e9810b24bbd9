/**
 * Handwritten event streams of an election: events are added in any order, in milliseconds, and judged in time order.
 * By default one virtual router and three routers that differ only in priority.
 */
import type { Violation } from '../../src/assert/protocol/monitor.ts';
import { watchElection } from '../../src/assert/protocol/watch.ts';
import type {
  ElectionChange,
  ElectionFacts,
  ElectionListener,
  Role,
  RouterFacts,
} from '../../src/observe/election.ts';
import { type Instant, type Micros, milliseconds, seconds } from '../../src/time.ts';

/** How long an advert takes in these streams (ms). */
const DELAY = 1;

export function routerFacts(priority: number, more: Partial<RouterFacts> = {}): RouterFacts {
  return {
    name: `p${priority}`,
    address: priority,
    priority,
    interval: seconds(1),
    preempt: true,
    preemptDelay: milliseconds(0),
    ...more,
  };
}

export function electionFacts(more: Partial<ElectionFacts> = {}): ElectionFacts {
  return {
    profile: 'rfc9568',
    routers: [routerFacts(200), routerFacts(150), routerFacts(100)],
    virtuals: 1,
    delayLeast: milliseconds(0),
    delayMost: milliseconds(2),
    lateness: milliseconds(1),
    rateError: 0,
    downAdverts: 3,
    addresses: 1,
    hosts: 2,
    check: undefined,
    ...more,
  };
}

type Play = (listener: ElectionListener, at: Instant) => void;

export class Stream {
  readonly facts: ElectionFacts;
  private readonly events: { readonly at: number; readonly play: Play }[] = [];
  private readonly roles: Role[][];

  constructor(more: Partial<ElectionFacts> = {}) {
    this.facts = electionFacts(more);
    this.roles = Array.from({ length: this.facts.virtuals }, () =>
      this.facts.routers.map((): Role => 'DOWN'),
    );
  }

  add(ms: number, play: Play): this {
    this.events.push({ at: Math.round(ms * 1_000), play });
    return this;
  }

  change(ms: number, change: ElectionChange): this {
    return this.add(ms, (listener, at) => listener.change(at, change));
  }

  /** Call in time order, because `from` is the role of the last call. */
  role(ms: number, router: number, to: Role, cause = '', virtual = 0): this {
    const from = this.roles[virtual]?.[router] ?? 'DOWN';
    (this.roles[virtual] as Role[])[router] = to;
    return this.change(ms, { kind: 'role', virtual, router, from, to, cause });
  }

  process(ms: number, router: number, what: Extract<ElectionChange, { kind: 'process' }>['what']) {
    return this.change(ms, { kind: 'process', router, what });
  }

  /** All processes start and wait as Backups. */
  boot(ms = 0): this {
    this.facts.routers.forEach((_, router) => {
      this.start(ms, router);
    });
    return this;
  }

  start(ms: number, router: number, to: Role = 'BACKUP'): this {
    this.process(ms, router, 'start');
    for (let virtual = 0; virtual < this.facts.virtuals; virtual++) {
      this.role(ms, router, 'INIT', 'start', virtual);
      this.role(ms, router, to, 'startup', virtual);
    }
    return this;
  }

  crash(ms: number, router: number): this {
    this.process(ms, router, 'crash');
    const was = this.roles[0]?.[router];
    if (was === 'MASTER') this.change(ms, { kind: 'withdraw', virtual: 0, router });
    return this.role(ms, router, 'DOWN', 'crash');
  }

  /** Becomes Active: advert, addresses, announcement, role. */
  takes(
    ms: number,
    router: number,
    cause = 'no-response',
    to: readonly number[] = this.others(router),
  ) {
    this.advert(ms, router, to);
    this.change(ms, { kind: 'install', virtual: 0, router });
    this.change(ms, { kind: 'announce', virtual: 0, router, count: 5 });
    this.learn(ms + DELAY, router);
    return this.role(ms, router, 'MASTER', cause);
  }

  /** Leaves Active for Backup. */
  yields(ms: number, router: number, cause = 'higher-priority'): this {
    this.change(ms, { kind: 'withdraw', virtual: 0, router });
    return this.role(ms, router, 'BACKUP', cause);
  }

  /** SIGTERM: priority 0, then gone. */
  stop(ms: number, router: number): this {
    this.advert(ms, router, this.others(router), 0);
    this.change(ms, { kind: 'withdraw', virtual: 0, router });
    this.role(ms, router, 'INIT', 'shutdown');
    this.process(ms, router, 'stop');
    return this.role(ms, router, 'DOWN', 'stop');
  }

  /** A run of the tracked script, and its result. */
  check(ms: number, router: number, ok: boolean, takes = 100): this {
    this.change(ms, { kind: 'check-started', router });
    return this.change(ms + takes, { kind: 'check-ended', router, ok, late: false });
  }

  verdict(ms: number, router: number, up: boolean): this {
    return this.change(ms, { kind: 'check-verdict', router, up });
  }

  learn(ms: number, router: number): this {
    for (let host = 0; host < this.facts.hosts; host++)
      this.change(ms, { kind: 'learnt', virtual: 0, host, router });
    return this;
  }

  /** One advert that arrives at `to` 1 ms later and is lost for `lost`. */
  advert(
    ms: number,
    router: number,
    to: readonly number[] = this.others(router),
    priority = this.facts.routers[router]?.priority ?? 0,
    lost: readonly number[] = [],
  ): this {
    const interval = this.facts.routers[router]?.interval ?? (0 as Micros);
    this.add(ms, (listener, at) => listener.sent(at, 0, router, priority, interval));
    for (const sequence of lost)
      this.add(ms, (listener, at) => listener.missed(at, 0, sequence, router, priority));
    for (const receiver of to)
      this.add(ms + DELAY, (listener, at) =>
        listener.heard(at, 0, receiver, router, priority, interval, true),
      );
    return this;
  }

  /** Adverts at `from`, and every interval (or `every`) until `to` (ms, not included). */
  adverts(
    from: number,
    to: number,
    router: number,
    hearers: readonly number[] = this.others(router),
    every = (this.facts.routers[router]?.interval ?? 0) / 1_000,
  ): this {
    for (let ms = from; ms < to; ms += every) this.advert(ms, router, hearers);
    return this;
  }

  others(router: number): number[] {
    return this.facts.routers.map((_, r) => r).filter((r) => r !== router);
  }

  /** The violations of these invariants (default: all) up to `ms`. */
  judge(ms: number, ...ids: readonly string[]): Violation[] {
    const found: Violation[] = [];
    const listener = watchElection(this.facts, ids.length === 0 ? undefined : ids, (violation) =>
      found.push(violation),
    );
    this.play(ms, listener);
    return found;
  }

  play(ms: number, listener: ElectionListener): void {
    const sorted = [...this.events].sort((a, b) => a.at - b.at);
    for (const { at, play } of sorted) play(listener, at as Instant);
    listener.ends((ms * 1_000) as Instant);
  }
}

/** `S4 S5`: which invariants were violated, each once. */
export function names(violations: readonly Violation[]): string {
  return [...new Set(violations.map(({ invariant }) => invariant))].join(' ');
}

/** Router 0 (p200) becomes Active at 3.22 s, after its down interval from 0, and stays it until `to`. */
export function calm(to: number, more: Partial<ElectionFacts> = {}): Stream {
  const stream = new Stream(more).boot();
  return stream.takes(3_220, 0).adverts(4_220, to, 0);
}
