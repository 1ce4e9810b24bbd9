/** How a virtual router enters each state, and what it leaves behind: the effects of RFC 9568 6.4. */
import {
  formatMicros,
  type Instant,
  type Micros,
  micros,
  minus,
  plus,
  seconds,
} from '../../time.ts';
import { sendAdvert } from './adverts.ts';
import type { Emit } from './emit.ts';
import type { InstanceState } from './instance-state.ts';
import type { TransitionReason, VrrpStateName } from './io.ts';
import { noteGroup, othersAgree, othersOf } from './sync-group.ts';
import { tallyState } from './tally.ts';
import { activeDownInterval, type TimerBasis } from './timers.ts';

/** How long a router that could not act waits in FAULT before it tries again; ours, keepalived has none. */
const RETRY = seconds(1);

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
    state.downAt = plus(now, downInterval(state));
    state.resigned = undefined;
    return;
  }
  activate(state, now, emit, why);
  for (const other of othersOf(state)) {
    if (other.name !== 'BACKUP') continue;
    const detail = `all of sync group ${state.group.config.name} are ready`;
    activate(other, now, emit, { reason: 'sync-group', detail });
  }
}

function activate(state: InstanceState, now: Instant, emit: Emit, why: Why): void {
  state.downAt = undefined;
  state.resigned = undefined;
  // A router that cannot be heard never becomes Active: it would only split the cluster.
  if (!sendAdvert(state, state.priority, now, emit)) {
    cannotSend(state, now, emit);
    return;
  }
  takeOver(state, now, emit);
  change(state, 'MASTER', why, now, emit);
}

/** Timers, addresses and announcements of a router that is Active from now on. */
export function takeOver(state: InstanceState, now: Instant, emit: Emit): void {
  const { config } = state;
  const { garp, advertInterval, name } = config;
  state.wants = true;
  state.active = state.source;
  state.advertAt = plus(now, advertInterval);
  state.announceAt = garp.delay > 0 ? plus(now, garp.delay) : undefined;
  state.announceRepeat = garp.repeat;
  state.refreshAt = garp.refresh > 0 ? plus(now, garp.refresh) : undefined;
  // Whoever else was Active announces after this: he is answered at once.
  state.reannouncedAt = minus(now, advertInterval);
  emit({ kind: 'install', instance: name, config });
  emit({ kind: 'announce', instance: name, config, repeat: garp.repeat });
}

/** To Backup from Active: the addresses go, and the other members of a sync group come along. */
export function giveWay(state: InstanceState, now: Instant, emit: Emit, why: Why): void {
  yieldTo(state, now, emit, why);
  dragToBackup(state, now, emit);
}

function dragToBackup(state: InstanceState, now: Instant, emit: Emit): void {
  for (const other of othersOf(state)) {
    if (other.name !== 'MASTER') continue;
    // Nobody has taken over from this one: priority 0 makes it quick.
    sendAdvert(other, 0, now, emit);
    const detail = `${state.config.name} of its sync group is Active no longer`;
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
  state.downAt = plus(now, downInterval(state));
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

/** An advert did not go out: FAULT, with another try after a while. */
export function cannotSend(state: InstanceState, now: Instant, emit: Emit): void {
  const detail = `an advert could not be sent on ${state.config.interface || 'any interface'}`;
  leaveFor(state, { reason: 'send-failed', detail }, now, emit);
}

export function leaveFor(state: InstanceState, why: Why, now: Instant, emit: Emit): void {
  if (state.name === 'MASTER')
    emit({ kind: 'withdraw', instance: state.config.name, config: state.config });
  clearTimers(state);
  state.wants = false;
  state.retryAt = plus(now, RETRY);
  change(state, 'FAULT', why, now, emit);
  dragToBackup(state, now, emit);
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
  state.startAt = undefined;
  state.downAt = undefined;
  state.resigned = undefined;
  state.advertAt = undefined;
  state.announceAt = undefined;
  state.answerAt = undefined;
  state.refreshAt = undefined;
  state.retryAt = undefined;
}

export function basis(state: InstanceState): TimerBasis {
  const { version, advertInterval, downTimerAdverts } = state.config;
  return {
    version,
    priority: state.priority,
    interval: version === 2 ? micros(advertInterval) : state.interval,
    skewInterval: state.skewInterval,
    adverts: downTimerAdverts,
  };
}

export function downInterval(state: InstanceState): Micros {
  return activeDownInterval(basis(state));
}

/**
 * How long the Backups of an Active wait for its adverts, at the least: they have learnt its own interval,
 * whatever it had learnt itself before.
 */
export function patienceOfPeers(state: InstanceState): Micros {
  const { advertInterval } = state.config;
  return activeDownInterval({
    ...basis(state),
    interval: advertInterval,
    skewInterval: advertInterval,
  });
}

export function waits(state: InstanceState): string {
  return `waits ${formatMicros(downInterval(state))} for adverts`;
}
