/**
 * The faults of a case in virtual time: when each begins (an edge is looked up when its turn has come), what it
 * does, and how exactly that is undone.
 */
import type { VrrpInput } from '../../engine/vrrp/io.ts';
import type { ElectionListener } from '../../observe/election.ts';
import { type Instant, instant, type Micros, micros, plus } from '../../time.ts';
import { badPacket } from './bad-packet.ts';
import type { AppliedFault, Case, FaultSpec, What } from './case.ts';
import type { Member } from './member.ts';
import type { Network } from './network.ts';
import { RULES } from './profile.ts';

export interface Stage {
  readonly members: readonly Member[];
  readonly network: Network;
  readonly listener: ElectionListener;
  /** Runs `action` then, before deliveries and timers of the same instant. */
  plan(at: Instant, action: (at: Instant) => void): void;
  /** What the tracked script of a router watches is broken. */
  broken(router: number, by: 1 | -1): void;
  /** Another configuration: what was judged by the old one is judged anew. */
  reconfigured(at: Instant, router: number, priority: number | undefined): void;
}

/** What takes a fault back; `once`: it is over already, `nothing`: it did not do anything. */
type Undo = ((at: Instant) => void) | 'once' | 'nothing';

/** A restarted process needs this long, whatever the fault says. */
const SHORTEST = micros(1_000);
/** Packets that must be refused come twice an interval, as long as their fault lasts. */
const GARBAGE_PER_INTERVAL = 2;

export class Schedule {
  readonly applied: AppliedFault[] = [];
  private readonly faults: readonly FaultSpec[];
  private readonly stage: Stage;
  private readonly size: number;
  private readonly version: 2 | 3;
  private running = 0;
  private begun = 0;
  private over: (at: Instant) => void = () => undefined;

  constructor(whole: Case, stage: Stage) {
    this.faults = whole.faults;
    this.stage = stage;
    this.size = whole.routers.length;
    this.version = RULES[whole.profile].version;
  }

  /** `over` is called once: when the last fault has ended. */
  begin(at: Instant, over: (at: Instant) => void): void {
    this.over = over;
    this.next(at);
  }

  private next(since: Instant): void {
    const index = this.begun;
    const fault = this.faults[index];
    if (fault === undefined) {
      this.maybeOver(since);
      return;
    }
    this.begun++;
    this.running++;
    this.stage.plan(plus(since, fault.after), (at) => this.due(at, fault, index));
  }

  private due(at: Instant, fault: FaultSpec, index: number): void {
    const edge = this.edgeOf(at, fault);
    if (edge > at) this.stage.plan(edge, (then) => this.strike(then, fault, index));
    else this.strike(at, fault, index);
  }

  private edgeOf(at: Instant, { edge }: FaultSpec): Instant {
    if (edge === undefined) return at;
    const member = this.stage.members[edge.router % this.size];
    const [instance] = member?.instances ?? [];
    const deadline = edge.timer === 'down' ? instance?.downAt : instance?.advertAt;
    if (member === undefined || deadline === undefined) return at;
    return instant(member.clock.trueOf(deadline) + edge.offset);
  }

  private strike(at: Instant, fault: FaultSpec, index: number): void {
    const what = folded(fault.what, this.size);
    const undo = this.apply(at, what, fault.for);
    const isOver = undo === 'nothing' || undo === 'once';
    const lasts = isOver ? micros(0) : longest(fault.for, SHORTEST);
    if (undo !== 'nothing')
      this.applied.push({ index, what, from: micros(at), to: micros(at + lasts) });
    if (isOver) this.ended(at);
    else
      this.stage.plan(plus(at, lasts), (then) => {
        undo(then);
        this.ended(then);
      });
    this.next(at);
  }

  private ended(at: Instant): void {
    this.running--;
    this.maybeOver(at);
  }

  private maybeOver(at: Instant): void {
    if (this.running > 0 || this.begun < this.faults.length) return;
    const { over } = this;
    this.over = () => undefined;
    over(at);
  }

  private apply(at: Instant, what: What, lasts: Micros): Undo {
    const { stage } = this;
    switch (what.kind) {
      case 'cut':
        return what.from === what.to ? 'nothing' : this.cutAll(at, [[what.from, what.to]]);
      case 'split':
        return this.cutAll(at, pathsOf(what.side, what.oneWay, this.size));
      case 'lose': {
        if (what.from === what.to) return 'nothing';
        stage.network.lose(what.from, what.to, what.count);
        // Without an end it is over when they are lost.
        return lasts === 0 ? 'once' : () => stage.network.spare(what.from, what.to);
      }
      default: {
        const member = stage.members[what.router];
        return member === undefined ? 'nothing' : this.applyTo(at, what, member, lasts);
      }
    }
  }

  private applyTo(
    at: Instant,
    what: Extract<What, { router: number }>,
    member: Member,
    lasts: Micros,
  ): Undo {
    const { stage } = this;
    switch (what.kind) {
      case 'crash':
        return member.crash(at) ? (then) => member.start(then) : 'nothing';
      case 'stop':
        return member.stop(at) ? (then) => member.start(then) : 'nothing';
      case 'pause':
        return member.pause(at) ? (then) => member.resume(then) : 'nothing';
      case 'link':
        if (!member.linkUp) return 'nothing';
        member.link(at, false);
        return (then) => member.link(then, true);
      case 'break':
        stage.broken(what.router, 1);
        return () => stage.broken(what.router, -1);
      case 'reload':
        stage.reconfigured(at, what.router, what.priority);
        return (then) => stage.reconfigured(then, what.router, undefined);
      case 'slow':
        member.clock.slow += what.by;
        return (then) => {
          member.clock.slow -= what.by;
          member.arm(then);
        };
      case 'wall-clock':
        stage.listener.change(at, { kind: 'wall-clock', router: what.router });
        member.wallClock(at, what.by);
        return 'once';
      default:
        this.pester(
          at,
          plus(at, lasts),
          member,
          badPacket(this.version, member.spec.interval, what.defect),
        );
        return () => undefined;
    }
  }

  private pester(
    at: Instant,
    until: Instant,
    member: Member,
    packet: Extract<VrrpInput, { kind: 'packet' }>,
  ): void {
    member.garbage(at, packet);
    const next = plus(at, micros(member.spec.interval / GARBAGE_PER_INTERVAL));
    if (next < until) this.stage.plan(next, (then) => this.pester(then, until, member, packet));
  }

  private cutAll(at: Instant, paths: readonly (readonly [number, number])[]): Undo {
    const { listener } = this.stage;
    if (paths.length === 0) return 'nothing';
    const turn = (then: Instant, by: 1 | -1): void => {
      for (const [from, to] of paths) {
        if (this.stage.network.cut(from, to, by))
          listener.change(then, { kind: 'reach', from, to, reaches: by < 0 });
      }
    };
    turn(at, 1);
    return (then: Instant): void => turn(then, -1);
  }
}

/** The same fault with the indexes of routers that exist. */
function folded(what: What, size: number): What {
  if ('router' in what) return { ...what, router: what.router % size };
  if ('from' in what) return { ...what, from: what.from % size, to: what.to % size };
  return { ...what, side: what.side % 2 ** size };
}

/** The paths that a split cuts. */
export function pathsOf(side: number, oneWay: boolean, size: number): [number, number][] {
  const paths: [number, number][] = [];
  for (let from = 0; from < size; from++)
    for (let to = 0; to < size; to++) {
      const [a, b] = [(side >> from) & 1, (side >> to) & 1];
      if (a !== b && (!oneWay || a === 1)) paths.push([from, to]);
    }
  return paths;
}

function longest(a: Micros, b: Micros): Micros {
  return a > b ? a : b;
}
