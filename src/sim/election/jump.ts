/**
 * The way over quiet times. While one router is Active, every other running one is held back by it, and nothing
 * is lost, its adverts change nothing: the same state comes back every interval, later. So the deadlines are
 * moved on by whole intervals, up to three adverts before the next thing that is planned; these are sent as usual,
 * and put every timer where it would have been. A test holds both ways to the same end.
 */
import type { InstanceState } from '../../engine/vrrp/instance-state.ts';
import type { Instant } from '../../time.ts';
import type { Advertised } from './advertised.ts';
import type { Election } from './election.ts';
import type { Member } from './member.ts';

/** Adverts that are sent as usual before the quiet time ends. */
const SENT_AS_USUAL = 3;
/** Fewer are not worth it. */
const LEAST = 4;

/** `end`: when the next thing is planned. */
export function jumpAhead(election: Election, active: Member, at: Instant, end: number): void {
  const [instance] = active.instances;
  if (instance?.advertAt === undefined || !active.plain) return;
  if (!election.network.lossless() || active.life !== 'runs' || active.clock.slow > 0) return;
  const interval = instance.config.advertInterval;
  const limit = Math.min(end, otherDeadline(active, instance));
  const first = active.clock.trueOf(instance.advertAt);
  const count = Math.floor((limit - first) / (interval * 1.01)) - SENT_AS_USUAL;
  const soon = first + interval;
  if (count < LEAST || !isQuiet(election, active, soon)) return;
  const before = instance.advertAt;
  const after = (before + count * interval) as Instant;
  const to = active.clock.trueOf(after);
  for (const member of election.members) {
    const [other] = member.instances;
    if (member === active || other?.downAt === undefined) continue;
    const passed = member.clock.localOf(to) - member.clock.localOf(first);
    other.downAt = (other.downAt + passed) as Instant;
  }
  instance.advertAt = after;
  active.sent[0] = (active.sent[0] ?? 0) + count;
  const last = active.clock.trueOf((after - interval) as Instant);
  election.listener.jumped(at, last);
}

/** What else the Active will do by itself. */
function otherDeadline(active: Member, { announceAt, answerAt, refreshAt }: InstanceState): number {
  let next = Number.POSITIVE_INFINITY;
  if (answerAt !== undefined) next = active.clock.trueOf(answerAt);
  if (announceAt !== undefined) next = Math.min(next, active.clock.trueOf(announceAt));
  if (refreshAt !== undefined) next = Math.min(next, active.clock.trueOf(refreshAt));
  return next;
}

/** `soon`: nobody may be about to expire before. */
function isQuiet(election: Election, active: Member, soon: number): boolean {
  const advert = election.lastAdvert(active.index);
  if (advert === undefined || advert.priority === 0) return false;
  return election.members.every((member) => member === active || isHeldBack(member, advert, soon));
}

/** Whether only adverts of the Active move it, and they do. */
function isHeldBack(member: Member, advert: Advertised, soon: number): boolean {
  if (member.life === 'dead') return true;
  const [state] = member.instances;
  if (member.life !== 'runs' || state === undefined || member.clock.slow > 0) return false;
  if (state.retryAt !== undefined || state.startAt !== undefined) return false;
  if (state.name === 'FAULT') return !member.linkUp;
  if (state.name !== 'BACKUP' || state.resigned !== undefined || !member.linkUp) return false;
  if (state.downAt === undefined || member.clock.trueOf(state.downAt) < soon) return false;
  if (state.config.version === 3 && state.interval !== advert.interval) return false;
  const { priority } = state;
  // A preempt_delay that ends meanwhile changes nothing for those who obey the advert anyway.
  const obeys = advert.priority >= priority || (!member.spec.preempt && priority < 255);
  return obeys && advert.outcomeAt(member.index, state) === 'accepted';
}
