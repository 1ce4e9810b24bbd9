/** How a virtual router enters each state, and what it leaves behind: the effects of RFC 9568 6.4. */
import {
  between,
  formatMicros,
  type Instant,
  type Micros,
  micros,
  minus,
  plus,
  seconds,
} from '../../time.ts';
import { sendAdvert } from './adverts.ts';
import { clearDeadlines } from './deadlines.ts';
import type { Emit } from './emit.ts';
import type { InstanceState } from './instance-state.ts';
import type { TransitionReason, VrrpStateName } from './io.ts';
import { noteGroup, othersAgree, othersOf } from './sync-group.ts';
import { tallyState } from './tally.ts';
import { downInterval, patienceOfPeers } from './timers.ts';

/**
 * How long a router that could not act waits in FAULT before it tries again: twice as long as the last time, so
 * that no cause makes it flap for ever. Ours: keepalived stays MASTER, heard or not.
 */
const RETRY = seconds(1);
const MOST_RETRY = seconds(300);

export interface Why {
  readonly reason: TransitionReason;
  readonly detail: string;
}

/** To Active; in a sync group only together with all others, otherwise the down timer starts again. */
export function becomeActive(state: InstanceState, now: Instant, emit: Emit, why: Why): void {
  if (state.group === undefined) {
    activate(state, now, emit, why);
    return;
  }
  state.wants = true;
  if (!othersAgree(state)) {
    if (state.name === 'INIT' || state.name === 'FAULT') change(state, 'BACKUP', why, now, emit);
    state.deadlines.down = plus(now, downInterval(state));
    state.resigned = undefined;
    return;
  }
  activate(state, now, emit, why);
  for (const other of othersOf(state)) {
    if (other.name !== 'BACKUP' || state.name !== 'MASTER') continue;
    const detail = `all of sync group ${state.group.config.name} are ready`;
    // The group moves as one: a first advert that is lost does not split it.
    if (!sendAdvert(other, other.priority, now, emit)) other.silentSince ??= now;
    enter(other, now, emit, { reason: 'sync-group', detail });
  }
}

function activate(state: InstanceState, now: Instant, emit: Emit, why: Why): void {
  if (!sendAdvert(state, state.priority, now, emit)) {
    holdBack(state, now, emit);
    return;
  }
  state.silentSince = undefined;
  enter(state, now, emit, why);
}

function enter(state: InstanceState, now: Instant, emit: Emit, why: Why): void {
  state.deadlines.down = undefined;
  state.resigned = undefined;
  takeOver(state, now, emit);
  change(state, 'MASTER', why, now, emit);
}

/**
 * A router that cannot be heard does not become Active: it would only split the cluster. Its first advert counts
 * as lost, and the next one comes an interval later.
 */
function holdBack(state: InstanceState, now: Instant, emit: Emit): void {
  state.silentSince ??= now;
  if (isGivenUp(state, now)) {
    cannotSend(state, now, emit);
    return;
  }
  state.deadlines.down = plus(now, state.config.advertInterval);
  state.resigned = undefined;
  const detail = 'would be Active, but its advert could not be sent';
  if (state.name !== 'BACKUP')
    change(state, 'BACKUP', { reason: 'send-failed', detail }, now, emit);
  else state.why = detail;
}

/**
 * An advert of an Active. If it cannot be sent it is a lost one, as on the wire; `last`: when the one before it
 * went out at the latest. An Active of which so many in a row are lost that its peers take over before the next
 * one leaves: nobody can tell it of them, and two would hold the addresses.
 */
export function advertise(state: InstanceState, last: Instant, now: Instant, emit: Emit): void {
  const isSent = sendAdvert(state, state.priority, now, emit);
  if (isSent) {
    state.silentSince = undefined;
    return;
  }
  state.silentSince ??= last;
  if (isGivenUp(state, now)) cannotSend(state, now, emit);
}

/** Whether its next advert would come after the Active_Down_Interval of its peers. */
function isGivenUp(state: InstanceState, now: Instant): boolean {
  const { silentSince } = state;
  if (silentSince === undefined) return false;
  return between(silentSince, now) + state.config.advertInterval > patienceOfPeers(state);
}

/** Timers, addresses and announcements of a router that is Active from now on. */
export function takeOver(state: InstanceState, now: Instant, emit: Emit): void {
  const { config, deadlines } = state;
  const { garp, advertInterval, name } = config;
  state.wants = true;
  state.active = state.source;
  deadlines.advert = plus(now, advertInterval);
  deadlines.announce = garp.delay > 0 ? plus(now, garp.delay) : undefined;
  state.announceRepeat = garp.repeat;
  deadlines.refresh = garp.refresh > 0 ? plus(now, garp.refresh) : undefined;
  // Whoever else was Active announces after this: he is answered at once.
  state.reannouncedAt = minus(now, advertInterval);
  state.answered = [];
  state.shortest = advertInterval;
  state.zeroFrom = now;
  emit({ kind: 'install', instance: name, config });
  emit({ kind: 'announce', instance: name, config, repeat: garp.repeat });
}

/** To Backup from Active: the addresses go, and the other members of a sync group come along. */
export function giveWay(state: InstanceState, now: Instant, emit: Emit, why: Why): void {
  yieldTo(state, now, emit, why);
  dragToBackup(state, now, emit);
}

/** The other members of its sync group, if they are Active. */
export function dragToBackup(
  state: InstanceState,
  now: Instant,
  emit: Emit,
  detail = `${state.config.name} of its sync group is Active no longer`,
): void {
  for (const other of othersOf(state)) {
    if (other.name !== 'MASTER') continue;
    // Nobody has taken over from this one: priority 0 makes it quick.
    sendAdvert(other, 0, now, emit);
    yieldTo(other, now, emit, { reason: 'sync-group', detail });
  }
}

function yieldTo(state: InstanceState, now: Instant, emit: Emit, why: Why): void {
  emit({ kind: 'withdraw', instance: state.config.name, config: state.config });
  waitAsBackup(state, now);
  change(state, 'BACKUP', why, now, emit);
}

/** Timers of a Backup that has just become one. */
export function waitAsBackup(state: InstanceState, now: Instant): void {
  clearTimers(state);
  state.wants = false;
  state.deadlines.down = plus(now, downInterval(state));
  state.preemptFrom = plus(now, state.config.preemptDelay);
}

/** To FAULT; an Active resigns first if it still can. */
export function enterFault(state: InstanceState, now: Instant, emit: Emit, why: Why): void {
  if (state.name === 'MASTER') {
    if (state.status?.up === true) sendAdvert(state, 0, now, emit);
    emit({ kind: 'withdraw', instance: state.config.name, config: state.config });
  }
  clearTimers(state);
  state.wants = false;
  change(state, 'FAULT', why, now, emit);
}

/** Too many adverts in a row did not go out: FAULT, with another try after a while. */
function cannotSend(state: InstanceState, now: Instant, emit: Emit): void {
  const detail = `no advert could be sent on ${state.config.interface || 'any interface'} for longer than its peers wait`;
  leaveFor(state, { reason: 'send-failed', detail }, now, emit);
}

/** To FAULT for a while, because it could not do what an Active has to. */
export function leaveFor(state: InstanceState, why: Why, now: Instant, emit: Emit): void {
  if (state.name === 'MASTER') {
    // Whoever can hold the addresses need not wait for it.
    sendAdvert(state, 0, now, emit);
    emit({ kind: 'withdraw', instance: state.config.name, config: state.config });
  }
  clearTimers(state);
  state.wants = false;
  const again = isCalm(state, now) ? RETRY : state.backOff * 2;
  state.backOff = micros(Math.min(Math.max(again, RETRY), MOST_RETRY));
  state.deadlines.retry = plus(now, state.backOff);
  const detail = `${why.detail}; tries again in ${formatMicros(state.backOff)}`;
  change(state, 'FAULT', { reason: why.reason, detail }, now, emit);
  dragToBackup(state, now, emit);
}

/** Whether it has been out of FAULT for so long that what happens now is another trouble than the last one. */
function isCalm(state: InstanceState, now: Instant): boolean {
  const { upSince } = state.tally;
  return upSince !== undefined && between(upSince, now) > calmAfter(state);
}

export function calmAfter(state: InstanceState): Micros {
  return micros(MOST_RETRY + 2 * patienceOfPeers(state));
}

export function change(
  state: InstanceState,
  to: VrrpStateName,
  { reason, detail }: Why,
  now: Instant,
  emit: Emit,
): void {
  const from = state.name;
  state.name = to;
  state.why = detail;
  if (from === to && to !== 'FAULT') return;
  if (from !== to) {
    state.since = now;
    state.transitions++;
    tallyState(state.tally, to, reason, now);
  }
  const { priority } = state;
  emit({ kind: 'state', instance: state.config.name, from, to, reason, detail, priority });
  noteGroup(state, emit);
}

export function clearTimers(state: InstanceState): void {
  clearDeadlines(state.deadlines);
  state.resigned = undefined;
  state.silentSince = undefined;
}

export function waits(state: InstanceState): string {
  return `waits ${formatMicros(downInterval(state))} for adverts`;
}
