/** How a virtual router enters and leaves each state: the actions of RFC 9568 6.4. */
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
import type { InstanceState } from './instance-state.ts';
import type { Emit, TransitionReason, VrrpStateName } from './io.ts';
import { noteGroup, othersAgree, othersOf } from './sync-group.ts';
import { tallyState } from './tally.ts';
import { downInterval, patienceOfPeers } from './timers.ts';

/**
 * How long a router that could not act waits in FAULT before it tries again; doubles each time, so that a lasting
 * cause does not make it flap. keepalived has no such state: it stays MASTER even if it cannot send.
 */
const RETRY = seconds(1);
const MOST_RETRY = seconds(300);

export interface Why {
  readonly reason: TransitionReason;
  readonly detail: string;
}

/** To Active. In a sync group all members must be ready; until then the Active_Down_Timer restarts. */
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
    // A failed first advert must not split the group.
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
 * A router that cannot send does not become Active: its peers would not hear it, and two would be Active. It tries
 * again an interval later.
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
 * Sends an advert of an Active. `last`: the latest time at which the one before it can have gone out. If so many in
 * a row fail that a peer takes over before the next one, the Active leaves: two would hold the addresses.
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

/** Starts the timers of an Active, installs and announces the addresses. */
export function takeOver(state: InstanceState, now: Instant, emit: Emit): void {
  const { config, deadlines } = state;
  const { garp, advertInterval, name } = config;
  state.wants = true;
  state.active = state.source;
  deadlines.advert = plus(now, advertInterval);
  deadlines.announce = garp.delay > 0 ? plus(now, garp.delay) : undefined;
  state.announceRepeat = garp.repeat;
  deadlines.refresh = garp.refresh > 0 ? plus(now, garp.refresh) : undefined;
  // So that the first losing advert is answered with announcements at once.
  state.reannouncedAt = minus(now, advertInterval);
  state.answered = [];
  state.shortest = advertInterval;
  state.zeroFrom = now;
  emit({ kind: 'install', instance: name, config });
  emit({ kind: 'announce', instance: name, config, repeat: garp.repeat });
}

/** From Active to Backup; the other members of the sync group follow. */
export function giveWay(state: InstanceState, now: Instant, emit: Emit, why: Why): void {
  yieldTo(state, now, emit, why);
  dragToBackup(state, now, emit);
}

/** Makes the other Active members of its sync group Backups. */
export function dragToBackup(
  state: InstanceState,
  now: Instant,
  emit: Emit,
  detail = `${state.config.name} of its sync group is Active no longer`,
): void {
  for (const other of othersOf(state)) {
    if (other.name !== 'MASTER') continue;
    // No router has taken over from this member: priority 0 speeds it up.
    sendAdvert(other, 0, now, emit);
    yieldTo(other, now, emit, { reason: 'sync-group', detail });
  }
}

function yieldTo(state: InstanceState, now: Instant, emit: Emit, why: Why): void {
  withdraw(state, emit);
  waitAsBackup(state, now);
  change(state, 'BACKUP', why, now, emit);
}

/** Starts the timers of a Backup. */
export function waitAsBackup(state: InstanceState, now: Instant): void {
  clearTimers(state);
  state.deadlines.down = plus(now, downInterval(state));
  state.preemptFrom = plus(now, state.config.preemptDelay);
}

/**
 * To INIT or FAULT: all timers stop, and an Active withdraws its addresses. With `resigns` it first sends
 * priority 0, so that a Backup takes over after Skew_Time instead of Active_Down_Interval.
 */
export function leave(
  state: InstanceState,
  to: 'INIT' | 'FAULT',
  { resigns, ...why }: Why & { readonly resigns: boolean },
  now: Instant,
  emit: Emit,
): void {
  if (state.name === 'MASTER') {
    if (resigns) sendAdvert(state, 0, now, emit);
    withdraw(state, emit);
  }
  clearTimers(state);
  change(state, to, why, now, emit);
}

export function withdraw({ config }: InstanceState, emit: Emit): void {
  emit({ kind: 'withdraw', instance: config.name, config });
}

/** To FAULT for a while, because too many adverts in a row failed. */
function cannotSend(state: InstanceState, now: Instant, emit: Emit): void {
  const detail = `no advert could be sent on ${state.config.interface || 'any interface'} for longer than its peers wait`;
  leaveFor(state, { reason: 'send-failed', detail }, now, emit);
}

/** To FAULT for a while: the router cannot do what an Active must, so it resigns and tries again later. */
export function leaveFor(state: InstanceState, why: Why, now: Instant, emit: Emit): void {
  const again = isCalm(state, now) ? RETRY : state.backOff * 2;
  state.backOff = micros(Math.min(Math.max(again, RETRY), MOST_RETRY));
  const detail = `${why.detail}; tries again in ${formatMicros(state.backOff)}`;
  leave(state, 'FAULT', { reason: why.reason, detail, resigns: true }, now, emit);
  state.deadlines.retry = plus(now, state.backOff);
  dragToBackup(state, now, emit);
}

/** Whether it has been out of FAULT for so long that a new failure has another cause than the last one. */
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

/** Stops all timers and drops their pending actions. */
export function clearTimers(state: InstanceState): void {
  state.wants = false;
  clearDeadlines(state.deadlines);
  state.resigned = undefined;
  state.silentSince = undefined;
}

export function waits(state: InstanceState): string {
  return `waits ${formatMicros(downInterval(state))} for adverts`;
}
