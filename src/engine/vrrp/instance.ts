/**
 * One virtual router: the state machine of RFC 9568 section 6.4, with keepalived's FAULT.
 *
 *              startup, p < 255                    Active_Down_Timer
 *   INIT ------------------------------> BACKUP --------------------> MASTER
 *    |  startup, p = 255 (owner) -------------------------------------->|
 *    |                                     ^   higher advert            |
 *    |                                     +----------------------------+
 *    +--> FAULT: interface down, no source address, a tracked object down; left through startup
 *
 * Timers, links and tracked objects are handled here, adverts in `receive.ts`; `transition.ts` enters and leaves
 * states. No clock and no socket: `now` comes in, effects go out through `emit`, deadlines are in the state.
 */
import { between, formatMicros, type Instant, isDue, micros, minus, plus } from '../../time.ts';
import { sendAdvert } from './adverts.ts';
import type { InstanceState } from './instance-state.ts';
import type { Emit, InterfaceStatus, TransitionReason } from './io.ts';
import { assessment, effectivePriority, pendingOf, problemOf } from './problem.ts';
import { reannounce } from './receive.ts';
import { othersOf } from './sync-group.ts';
import { downInterval, patienceOfPeers, skewTime } from './timers.ts';
import {
  advertise,
  becomeActive,
  change,
  clearTimers,
  giveWay,
  leave,
  leaveFor,
  takeOver,
  type Why,
  waitAsBackup,
  waits,
  withdraw,
} from './transition.ts';

/** Startup (6.4.1), also out of FAULT. A tracked object without a first result delays it and is no failure. */
export function start(
  state: InstanceState,
  now: Instant,
  emit: Emit,
  reason: TransitionReason = 'startup',
): void {
  const problem = problemOf(state);
  state.priority = effectivePriority(state);
  if (problem !== undefined) {
    clearTimers(state);
    change(state, 'FAULT', problem, now, emit);
    return;
  }
  const pending = pendingOf(state);
  if (pending !== undefined) {
    state.why = `waits for the first result of ${pending}`;
    return;
  }
  if (state.config.priority === 255) {
    const why: Why = { reason: 'owner', detail: 'owns the addresses (priority 255)' };
    becomeActive(state, now, emit, why);
    return;
  }
  state.interval = state.config.advertInterval;
  state.skewInterval = state.config.advertInterval;
  waitAsBackup(state, now);
  change(state, 'BACKUP', { reason, detail: waits(state) }, now, emit);
}

/**
 * Continues as Active after the process died a moment ago: its addresses are in place, and the Active_Down_Timer
 * of no Backup can have expired yet. (keepalived starts as BACKUP, which costs two failovers.)
 */
export function resume(state: InstanceState, diedAt: Instant, now: Instant, emit: Emit): void {
  state.priority = effectivePriority(state);
  const silent = plus(diedAt, downInterval(state));
  // The last advert may have been sent one interval before the death.
  const inTime = plus(now, state.config.advertInterval) < silent;
  if (problemOf(state) !== undefined || !inTime || !sendAdvert(state, state.priority, now, emit)) {
    withdraw(state, emit);
    start(state, now, emit);
    return;
  }
  takeOver(state, now, emit);
  const detail = `its process was away for ${formatMicros(between(diedAt, now))}`;
  change(state, 'MASTER', { reason: 'resumed', detail }, now, emit);
}

/** Shutdown: an Active resigns with priority 0 and withdraws its addresses (6.4.3). */
export function stop(
  state: InstanceState,
  now: Instant,
  emit: Emit,
  reason: TransitionReason = 'shutdown',
): void {
  // A router in INIT may wait for its startup delay.
  state.deadlines.start = undefined;
  if (state.name === 'INIT') return;
  leave(state, 'INIT', { reason, detail: 'stopped', resigns: true }, now, emit);
}

/** Handles every deadline that has come. */
export function wake(state: InstanceState, now: Instant, emit: Emit): void {
  const { deadlines } = state;
  if (isDue(deadlines.start, now)) {
    deadlines.start = undefined;
    start(state, now, emit);
  }
  overslept(state, now, emit);
  if (isDue(deadlines.down, now)) {
    // 6.4.2 (Active_Down_Timer fires)
    becomeActive(state, now, emit, timerFired(state));
  }
  const { advert: advertAt } = deadlines;
  if (advertAt !== undefined && advertAt <= now) {
    // 6.4.3 (Adver_Timer fires). Counted from the deadline, so that lateness does not add up; after
    // a pause from now, so that the missed adverts are not sent in a burst.
    const last = minus(advertAt, state.config.advertInterval);
    const next = plus(advertAt, state.config.advertInterval);
    deadlines.advert = next > now ? next : plus(now, state.config.advertInterval);
    advertise(state, last, now, emit);
  }
  announceAgain(state, now, emit);
  if (isDue(deadlines.retry, now)) {
    deadlines.retry = undefined;
    if (problemOf(state) === undefined) start(state, now, emit, 'recovered');
  }
}

/**
 * The host did not run for a while (paused, stopped, starved). If an Active was silent for longer than its peers
 * wait, another router is Active by now: it steps down. A Backup may have missed adverts, because its socket was
 * not read: it restarts the Active_Down_Timer.
 */
export function overslept(state: InstanceState, now: Instant, emit: Emit): void {
  const { name, advertInterval } = state.config;
  const { advert: advertAt, down: downAt } = state.deadlines;
  if (advertAt !== undefined) {
    const late = between(advertAt, now);
    if (late <= 0 || late + advertInterval <= patienceOfPeers(state)) return;
    emit({ kind: 'stalled', instance: name, late });
    const detail = `did not run for ${formatMicros(late)}: its peers have given it up`;
    giveWay(state, now, emit, { reason: 'stalled', detail });
  } else if (downAt !== undefined) {
    const late = between(downAt, now);
    if (late <= advertInterval) return;
    emit({ kind: 'stalled', instance: name, late });
    state.deadlines.down = plus(now, downInterval(state));
    state.resigned = undefined;
  }
}

function announceAgain(state: InstanceState, now: Instant, emit: Emit): void {
  const { config, deadlines } = state;
  const { garp, name: instance } = config;
  if (isDue(deadlines.announce, now)) {
    deadlines.announce = undefined;
    emit({ kind: 'announce', instance, config, repeat: state.announceRepeat });
  }
  if (isDue(deadlines.answer, now)) reannounce(state, now, emit);
  if (isDue(deadlines.refresh, now)) {
    deadlines.refresh = plus(now, garp.refresh);
    emit({ kind: 'announce', instance, config, repeat: garp.refreshRepeat });
  }
}

/** A new status of the interface. Before startup it is only stored. */
export function interfaceChanged(
  state: InstanceState,
  status: InterfaceStatus,
  now: Instant,
  emit: Emit,
  started: boolean,
): void {
  const before = state.source;
  state.status = status;
  const source = sourceOf(state, status);
  const lost = source === undefined && before !== undefined;
  // If only the address is lost and the link is up, an Active can still resign from the old address.
  state.source = lost && started ? before : source;
  if (started) {
    if (lost && status.up) loseSource(state, now, emit);
    else reconsider(state, now, emit);
  }
  state.source = source;
}

function loseSource(state: InstanceState, now: Instant, emit: Emit): void {
  const { source } = state;
  if (state.name === 'MASTER') sendAdvert(state, 0, now, emit);
  state.source = undefined;
  const problem = problemOf(state);
  if (problem === undefined || state.name === 'FAULT') return;
  leave(state, 'FAULT', { ...problem, resigns: false }, now, emit);
  state.source = source;
  for (const other of othersOf(state)) reconsiderInstance(other, now, emit);
}

/** The configured source if the interface has it or need not have it; without one the primary address. */
function sourceOf(state: InstanceState, status: InterfaceStatus) {
  const { family, source, trackSource, trackPrimary } = state.config;
  if (source !== undefined) {
    const present = status.addresses?.includes(source) ?? true;
    return present || !trackSource ? source : undefined;
  }
  const primary = family === 4 ? status.primary4 : status.primary6;
  return primary ?? (trackPrimary ? undefined : state.source);
}

/** Something it depends on has changed: the instance and its sync group enter the state that follows. */
export function reconsider(state: InstanceState, now: Instant, emit: Emit): void {
  reconsiderInstance(state, now, emit);
  for (const other of othersOf(state)) reconsiderInstance(other, now, emit);
}

function reconsiderInstance(state: InstanceState, now: Instant, emit: Emit): void {
  if (state.name === 'INIT') {
    // Without a startup delay it waited for the first result of a tracked object.
    if (state.deadlines.start === undefined) start(state, now, emit);
    return;
  }
  const problem = problemOf(state);
  if (problem !== undefined) {
    if (state.name !== 'FAULT')
      leave(state, 'FAULT', { ...problem, resigns: state.status?.up === true }, now, emit);
    state.deadlines.retry = undefined;
    state.why = problem.detail;
  }
  movePriority(state, now, emit);
  if (problem === undefined && state.name === 'FAULT' && state.deadlines.retry === undefined)
    start(state, now, emit, 'recovered');
}

/** A running Active_Down_Timer moves by the difference in Skew_Time, as in keepalived. */
export function movePriority(state: InstanceState, now: Instant, emit: Emit): void {
  const next = effectivePriority(state);
  if (next === state.priority) return;
  const { deadlines } = state;
  const before = skewTime(state);
  state.priority = next;
  const moved = micros(skewTime(state) - before);
  if (deadlines.down !== undefined) deadlines.down = laterOf(now, plus(deadlines.down, moved));
  const detail = assessment(state).because.join(', ') || 'as configured';
  emit({ kind: 'priority', instance: state.config.name, priority: next, detail });
}

function laterOf(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}

/** The host failed to do what an Active must do, for example to install the addresses. */
export function hostFailed(state: InstanceState, why: string, now: Instant, emit: Emit): void {
  if (state.name === 'MASTER') leaveFor(state, { reason: 'host-failed', detail: why }, now, emit);
}

function timerFired(state: InstanceState): Why {
  const { resigned } = state;
  if (resigned !== undefined) {
    return { reason: 'priority-zero', detail: `${resigned} resigned with priority 0` };
  }
  const waited = formatMicros(downInterval(state));
  return { reason: 'no-response', detail: `heard no advert for ${waited}` };
}
