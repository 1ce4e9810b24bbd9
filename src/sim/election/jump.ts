/**
 * Jumps over quiet times. While one router is Active, its adverts hold back every other running router, nothing is
 * lost, and every run of a script confirms its verdict, the same state returns every interval, only later. So the
 * deadlines move on by whole intervals, up to three adverts before the next planned event; these are sent as usual and
 * put every timer where it would have been. A test compares runs with and without jumps.
 */
import type { InstanceState } from '../../engine/vrrp/instance-state.ts';
import { type Instant, micros, minus, plus, sooner } from '../../time.ts';
import type { Advertised } from './advertised.ts';
import type { FaultStage } from './faults.ts';
import type { Member } from './member.ts';

/** Adverts that are sent as usual before the quiet time ends. */
const SENT_AS_USUAL = 3;
/** Fewer are not worth it. */
const LEAST = 4;

/** The parts of the election that a jump needs. */
interface Stage extends Pick<FaultStage, 'members' | 'network' | 'listener' | 'checks'> {
  /** The last advert of a router; undefined: it has sent none. */
  lastAdvert(router: number, virtual: number): Advertised | undefined;
}

/** `end`: when the next thing is planned. */
export function jumpAhead(election: Stage, active: Member, at: Instant, end: number): void {
  const due = firstAdvert(active.instances);
  if (due === undefined || active.life !== 'running' || active.clock.slow > 0) return;
  if (!election.network.lossless()) return;
  const interval = active.spec.interval;
  const first = active.clock.trueOf(due);
  const limit = Math.min(end, otherDeadline(active));
  const count = Math.floor((limit - first) / (interval * 1.01)) - SENT_AS_USUAL;
  if (count < LEAST || !isQuiet(election, active, first + interval)) return;
  const skipped = micros(count * interval);
  const to = active.clock.trueOf(plus(due, skipped));
  const last = active.clock.trueOf(plus(due, micros(skipped - interval)));
  for (const member of election.members) {
    if (member === active) continue;
    const passed = micros(member.clock.localOf(to) - member.clock.localOf(first));
    for (const { deadlines } of member.instances)
      if (deadlines.down !== undefined) deadlines.down = plus(deadlines.down, passed);
    skipRuns(member, last);
  }
  skipRuns(active, last);
  for (const [virtual, state] of active.instances.entries()) {
    const next = plus(state.deadlines.advert ?? due, skipped);
    state.deadlines.advert = next;
    active.sent[virtual] = (active.sent[virtual] ?? 0) + count;
    election.listener.jumped(at, virtual, active.clock.trueOf(minus(next, interval)));
  }
}

/** On its own clock; undefined: it is not Active everywhere. */
function firstAdvert(instances: readonly InstanceState[]): Instant | undefined {
  let first: Instant | undefined;
  for (const { deadlines } of instances) {
    if (deadlines.advert === undefined) return undefined;
    first = sooner(first, deadlines.advert);
  }
  return first;
}

/** Whether the next runs of its scripts can only confirm their verdicts. */
function isConfirmed(election: Stage, member: Member): boolean {
  const { scripts } = member;
  if (scripts.length === 0) return true;
  const ok = election.checks.outcome(member.index);
  return scripts.every(
    ({ check }) => check.flight === 'none' && check.contrary === 0 && check.up === ok,
  );
}

/** Skips the runs of its scripts before `to`. */
function skipRuns({ scripts, clock }: Member, to: Instant): void {
  for (const { check } of scripts) {
    const { nextAt, timing } = check;
    if (nextAt === undefined) continue;
    const runs = Math.ceil((clock.localOf(to) - nextAt) / timing.interval);
    if (runs > 0) check.nextAt = plus(nextAt, micros(runs * timing.interval));
  }
}

/** The next deadline of the Active apart from adverts and scripts. */
function otherDeadline(active: Member): number {
  let next = active.aside();
  for (const { deadlines } of active.instances)
    next = sooner(sooner(next, deadlines.answer), sooner(deadlines.announce, deadlines.refresh));
  return next === undefined ? Number.POSITIVE_INFINITY : active.clock.trueOf(next);
}

/** `soon`: no Active_Down_Timer may expire before. */
function isQuiet(election: Stage, active: Member, soon: number): boolean {
  for (const [virtual, { priority }] of active.instances.entries()) {
    const advert = election.lastAdvert(active.index, virtual);
    // The next advert must equal the last one.
    if (advert === undefined || advert.priority !== priority) return false;
    for (const member of election.members)
      if (member !== active && !isHeldBack(member, advert, soon)) return false;
  }
  return election.members.every((member) => isConfirmed(election, member));
}

/** Whether it only reacts to the Active's adverts, and they hold it back. */
function isHeldBack(member: Member, advert: Advertised, soon: number): boolean {
  if (member.life === 'dead') return true;
  const state = member.instances[advert.virtual];
  if (member.life !== 'running' || state === undefined || member.clock.slow > 0) return false;
  const { down, retry, start } = state.deadlines;
  if (retry !== undefined || start !== undefined || member.aside() !== undefined) return false;
  if (state.name === 'FAULT')
    return !member.linkUp || member.scripts.some(({ check }) => check.up === false);
  if (state.name !== 'BACKUP' || state.resigned !== undefined || !member.linkUp) return false;
  if (down === undefined || member.clock.trueOf(down) < soon) return false;
  if (state.config.version === 3 && state.interval !== advert.interval) return false;
  const { priority } = state;
  // A preempt_delay that ends meanwhile does not matter to a router that obeys the advert anyway.
  const obeys = advert.priority >= priority || (!member.spec.preempt && priority < 255);
  return obeys && advert.outcomeAt(member.index, state) === 'accepted';
}
