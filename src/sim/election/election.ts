/**
 * The exact simulator: one election as discrete events in whole microseconds, driving the pure engine. It knows
 * routers, paths, announcements and clocks. Whole nodes with kernels, frames, clients and servers are the world
 * simulator, `sim/world.ts` and its neighbours.
 *
 * Virtual time advances only here. Every change is reported to one listener.
 */

import type { VrrpEffect } from '../../engine/vrrp/io.ts';
import type { ElectionListener } from '../../observe/election.ts';
import { type Instant, instant, type Micros, micros, plus } from '../../time.ts';
import { EventQueue, PHASE } from '../queue.ts';
import { Advertised } from './advertised.ts';
import { type AppliedFault, type Case, type Drop, routerOn } from './case.ts';
import { Checks } from './checks.ts';
import { routerFacts, watchedAfter } from './facts.ts';
import type { FaultStage } from './faults.ts';
import { jumpAhead } from './jump.ts';
import { Member } from './member.ts';
import type { MemberContext } from './member-report.ts';
import { Network } from './network.ts';
import { newSchedule, type Schedule } from './schedule.ts';

/** A timer of a router, an advert on its way (`to` -1: to all other routers), or an announcement's arrival. */
type Item =
  | { readonly kind: 'timer'; readonly member: Member }
  | { readonly kind: 'advert'; readonly advert: Advertised; readonly to: number }
  | {
      readonly kind: 'learns';
      readonly virtual: number;
      readonly host: number;
      readonly router: number;
    };

export interface ElectionOptions {
  /** Every advert passes the packet checks again, as on a real host [false: their results are cached]. */
  readonly decode?: boolean;
  /** Jump over quiet times [true]. */
  readonly jump?: boolean;
  /** Record which deliveries were lost by chance [false]. */
  readonly recordLosses?: boolean;
  /** A case with more events does not end: that is a bug [20 million]. */
  readonly mostEvents?: number;
}

export interface ElectionResult {
  readonly events: number;
  /** How often a router became Active. */
  readonly elections: number;
  /** Virtual time at the end. */
  readonly simulated: Micros;
  /** The faults with their real times. */
  readonly applied: readonly AppliedFault[];
  /** With `recordLosses`. */
  readonly losses: readonly Drop[];
}

const MOST_EVENTS = 20_000_000;

export class Election implements MemberContext, FaultStage {
  readonly listener: ElectionListener;
  readonly members: readonly Member[];
  readonly network: Network;
  readonly checks: Checks;
  /** Deliveries under way. */
  underWay = 0;
  elections = 0;
  private readonly case: Case;
  private readonly queue = new EventQueue<Item>();
  /** Starts, faults and runs of scripts: a quiet time ends with the next of them. */
  private readonly plans = new EventQueue<(at: Instant) => void>();
  private readonly schedule: Schedule;
  /** The last advert of each router and virtual router, as judged. */
  private readonly adverts: (Advertised | undefined)[];
  private announcements = 0;
  private readonly items: Item[];
  private now: Instant = instant(0);
  private until = Number.POSITIVE_INFINITY;

  constructor(whole: Case, listener: ElectionListener, decode = false) {
    const { routers, network, seed, virtuals } = whole;
    this.case = whole;
    this.listener = listener;
    this.network = new Network(network, seed, routers.length);
    this.members = routers.map((_, index) => new Member(index, whole, this, decode));
    this.items = this.members.map((member) => ({ kind: 'timer', member }));
    this.adverts = new Array<Advertised | undefined>(routers.length * virtuals).fill(undefined);
    this.checks = new Checks(whole, this);
    this.schedule = newSchedule(whole, this);
  }

  run(options: ElectionOptions = {}): ElectionResult {
    const { jump = true, mostEvents = MOST_EVENTS, recordLosses = false } = options;
    if (recordLosses) this.network.lost = [];
    this.begin();
    let events = 0;
    for (;;) {
      const { queue, plans } = this;
      const planned = plans.nextAt();
      const first = Math.min(planned, queue.nextAt());
      if (first >= this.until || first === Number.POSITIVE_INFINITY) break;
      if (++events > mostEvents)
        throw new Error(`more than ${mostEvents} events: the case does not end`);
      this.now = first as Instant;
      if (planned <= first) plans.pop()?.item(this.now);
      else this.happens(queue.pop()?.item, jump);
    }
    const end = Math.min(this.until, Number.MAX_SAFE_INTEGER) as Instant;
    this.listener.ends(end);
    return {
      events,
      elections: this.elections,
      simulated: micros(end),
      applied: this.schedule.applied,
      losses: this.network.lost ?? [],
    };
  }

  private begin(): void {
    const { network, routers, faults } = this.case;
    const random =
      network.loss + network.duplicate + network.reorder + network.announcementLoss > 0;
    const noisy = random && faults.length > 0;
    if (noisy) this.noise(instant(0), true);
    for (const member of this.members)
      this.plan(instant(member.spec.start), (at) => member.start(at));
    const lastStart = instant(Math.max(...routers.map(({ start }) => start)));
    this.schedule.begin(instant(0), (at) => {
      if (noisy) this.noise(at, false);
      const quiet = this.case.quiet ?? watchedAfter(this.case);
      this.until = Math.max(at, lastStart) + quiet;
    });
  }

  private noise(at: Instant, on: boolean): void {
    this.network.noisy = on;
    this.listener.change(at, { kind: 'noise', on });
  }

  private happens(item: Item | undefined, jump: boolean): void {
    if (item === undefined) return;
    const at = this.now;
    if (item.kind === 'timer') {
      if (jump && this.underWay === 0 && at === item.member.wakeup)
        jumpAhead(this, item.member, at, Math.min(this.plans.nextAt(), this.until));
      item.member.woken(at);
    } else if (item.kind === 'advert') {
      this.underWay--;
      this.arrives(at, item.advert, item.to);
    } else {
      const { virtual, host, router } = item;
      this.listener.change(at, { kind: 'learnt', virtual, host, router });
    }
  }

  private arrives(at: Instant, advert: Advertised, to: number): void {
    if (to >= 0) {
      this.members[to]?.hear(at, advert);
      return;
    }
    for (const member of this.members) if (member.index !== advert.from) member.hear(at, advert);
  }

  plan(at: Instant, action: (at: Instant) => void): void {
    this.plans.push(at, PHASE.fault, 0, action);
  }

  wakeAt(router: number, at: Instant): void {
    this.queue.push(at, PHASE.timer, router, this.items[router] as Item);
  }

  send(from: number, at: Instant, effect: Extract<VrrpEffect, { kind: 'send' }>): void {
    const virtual = Number(effect.instance);
    const advert = this.advertOf(from, virtual, effect);
    const { sent } = this.members[from] as Member;
    const nth = sent[virtual] ?? 0;
    sent[virtual] = nth + 1;
    this.listener.sent(at, virtual, from, advert.priority, advert.interval);
    if (this.network.uniform()) {
      this.deliver(plus(at, this.case.network.delayLeast), advert, -1);
      return;
    }
    for (let to = 0; to < this.members.length; to++) {
      if (to === from) continue;
      const delay = this.network.fate(from, to, virtual, nth);
      if (delay === undefined) this.listener.missed(at, virtual, to, from, advert.priority);
      else this.deliver(plus(at, delay), advert, to);
      const copy = this.network.copy(from, to, virtual, nth);
      if (copy !== undefined && delay !== undefined) this.deliver(plus(at, copy), advert, to);
    }
  }

  private deliver(at: Instant, advert: Advertised, to: number): void {
    this.underWay++;
    this.queue.push(at, PHASE.delivery, 0, { kind: 'advert', advert, to });
  }

  private advertOf(
    router: number,
    virtual: number,
    effect: Extract<VrrpEffect, { kind: 'send' }>,
  ): Advertised {
    const place = router * this.case.virtuals + virtual;
    const last = this.adverts[place];
    if (last?.message === effect.message) return last;
    const advert = new Advertised(router, virtual, this.members.length, effect);
    this.adverts[place] = advert;
    return advert;
  }

  /** The last advert of a router; undefined: it has sent none. */
  lastAdvert(router: number, virtual: number): Advertised | undefined {
    return this.adverts[router * this.case.virtuals + virtual];
  }

  announce(router: number, at: Instant, virtual: number, count: number): void {
    this.listener.change(at, { kind: 'announce', virtual, router, count });
    if (this.members[router]?.linkUp !== true) return;
    const nth = this.announcements++;
    for (let host = 0; host < this.case.network.hosts; host++) {
      const delay = this.network.announcement(router, host, nth, count);
      if (delay === undefined) {
        this.listener.change(at, { kind: 'deaf', virtual, host, router });
        continue;
      }
      const item: Item = { kind: 'learns', virtual, host, router };
      this.queue.push(plus(at, delay), PHASE.delivery, 0, item);
    }
  }

  routerOn(node: string): number {
    return routerOn(this.case, node);
  }

  reconfigured(at: Instant, router: number, priority: number | undefined): void {
    const member = this.members[router];
    const original = this.case.routers[router];
    if (member === undefined || original === undefined) return;
    const spec = { ...original, priority: priority ?? original.priority };
    const facts = routerFacts(spec, router);
    this.listener.change(at, { kind: 'configured', router, facts });
    const effective = this.checks.priority(router, spec.priority);
    this.listener.change(at, { kind: 'priority', router, priority: effective });
    member.reload(at, spec);
  }
}

/** Runs a case with one listener. */
export function runElection(
  whole: Case,
  listener: ElectionListener,
  options?: ElectionOptions,
): ElectionResult {
  return new Election(whole, listener, options?.decode).run(options);
}
