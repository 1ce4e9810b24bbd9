/**
 * The invariants of one router, judged at each of its actions: S1 (only legal edges), S2 (no takeover while adverts
 * come), S3 (adverts from the Active alone, and in time), L2 (a takeover when they cease). A reference of two
 * numbers runs beside the engine; its arithmetic is that of the invariants: written from RFC 9568 6.1 and 6.4, not from the engine.
 */
import { skew as protocolSkew } from '../../assert/protocol/arithmetic.ts';
import { outranks } from '../../assert/protocol/stable.ts';
import type { VrrpProfile } from '../../engine/core/config.ts';
import type { VrrpStateName } from '../../engine/vrrp/io.ts';
import { formatMicros, micros } from '../../time.ts';
import type { Stimulus } from './ways.ts';

/** The parameters of a router for the rules; lengths in microseconds. */
export interface Bound {
  readonly profile: VrrpProfile;
  readonly priority: number;
  /** Unsigned. */
  readonly address: number;
  readonly interval: number;
  readonly preempt: boolean;
}

/** The reference state that runs along with the engine. */
export interface Reference {
  /** Until a Backup takes over, or an Active advertises, relative to now. */
  due: number;
  /** Active_Adver_Interval. */
  learnt: number;
}

/** One call into the engine. */
export interface Call {
  readonly event: Stimulus['kind'];
  readonly from: VrrpStateName;
  readonly to: VrrpStateName;
  /** Adverts and resignations sent during it. */
  readonly sent: number;
  readonly resigned: number;
  /** The sender of the advert; only for `hears`. */
  readonly peer: Bound;
  readonly zero: boolean;
}

export interface Finding {
  readonly invariant: string;
  /** The observation and the limit. */
  readonly because: string;
}

/** Active_Down_Interval of a Backup that learnt this interval. */
export function downTime(own: Bound, learnt: number): number {
  return 3 * learnt + skew(own, learnt);
}

/** Skew_Time of a router that learnt this interval. */
export function skew({ profile, priority, interval }: Bound, learnt: number): number {
  return Math.round(protocolSkew(profile, priority, interval, learnt));
}

/** Judges a call and moves the reference. */
export function judgeCall(own: Bound, ref: Reference, call: Call): Finding | undefined {
  const flaw = illegal(own, ref, call) ?? wrongSend(call);
  move(own, ref, call);
  return flaw;
}

/** At the end of a tick: due timers have fired, unless chosen to be late. */
export function judgeEnd(name: VrrpStateName, { due }: Reference): Finding | undefined {
  if (due > 0) return undefined;
  if (name === 'BACKUP')
    return { invariant: 'L2', because: 'still Backup when its Active_Down_Interval is over' };
  if (name === 'MASTER')
    return { invariant: 'S3', because: 'Active, and silent for longer than its interval' };
  return undefined;
}

function illegal(own: Bound, ref: Reference, call: Call): Finding | undefined {
  const { event, from, to } = call;
  const wrong = (because: string): Finding => ({
    invariant: 'S1',
    because: `${from} -> ${to}: ${because}`,
  });
  if (event === 'start') {
    const right = own.priority === 255 ? 'MASTER' : 'BACKUP';
    return to === right ? undefined : wrong(`started with priority ${own.priority}`);
  }
  if (event === 'stop') return to === 'INIT' ? undefined : wrong('stopped');
  if (from === to) return undefined;
  if (event === 'timer')
    return from === 'BACKUP' && to === 'MASTER' ? early(ref) : wrong('by a timer');
  if (from !== 'MASTER' || to !== 'BACKUP') return wrong('by an advert');
  return !call.zero && outranks(call.peer, own) ? undefined : wrong('by a losing advert');
}

function early({ due }: Reference): Finding | undefined {
  if (due <= 0) return undefined;
  const ahead = formatMicros(micros(due));
  return { invariant: 'S2', because: `Active ${ahead} before the adverts it heard allow` };
}

function wrongSend({ event, from, to, sent, resigned, zero }: Call): Finding | undefined {
  const flaw = (because: string): Finding => ({ invariant: 'S3', because });
  if (sent > 0 && from !== 'MASTER' && to !== 'MASTER') return flaw(`an advert from ${from}`);
  const farewells = event === 'stop' && from === 'MASTER' ? 1 : 0;
  if (resigned !== farewells) return flaw(`${resigned} adverts of priority 0, not ${farewells}`);
  if (from !== 'MASTER' && to === 'MASTER' && sent === 0) return flaw('Active without an advert');
  if (event === 'hears' && zero && from === 'MASTER' && to === 'MASTER' && sent === 0)
    return flaw('no answer to a resignation (RFC 9568 6.4.3)');
  return undefined;
}

function move(own: Bound, ref: Reference, { event, from, to, sent, peer, zero }: Call): void {
  if (event === 'hears') {
    heard(own, ref, { from, to, peer, zero });
    return;
  }
  if (event === 'start') ref.learnt = own.interval;
  if (to === 'MASTER') {
    if (sent > 0) ref.due = own.interval;
  } else if (from !== to) {
    ref.due = downTime(own, ref.learnt);
  }
}

/** RFC 9568 6.4.2 and 6.4.3. An answer to a loser leaves the Adver_Timer alone. */
function heard(
  own: Bound,
  ref: Reference,
  { from, to, peer, zero }: Pick<Call, 'from' | 'to' | 'peer' | 'zero'>,
): void {
  if (from === 'MASTER' && to === 'MASTER') {
    if (zero) ref.due = own.interval;
    return;
  }
  if (zero) {
    ref.due = skew(own, ref.learnt);
    return;
  }
  const obeys = peer.priority >= own.priority || (!own.preempt && own.priority < 255);
  if (from === 'BACKUP' && !obeys) return;
  if (own.profile !== 'rfc3768') ref.learnt = peer.interval;
  ref.due = downTime(own, ref.learnt);
}
