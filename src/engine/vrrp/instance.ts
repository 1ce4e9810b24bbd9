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
 * What time, links and tracked objects do is here; what adverts do is in `receive.ts`; how a state is
 * entered in `transition.ts`. No clock and no socket: `now` comes in, effects go out through `emit`,
 * deadlines stay in the state.
 */
import { between, formatMicros, type Instant, isDue, micros, minus, plus } from '../../time.ts';
import { sendAdvert } from './adverts.ts';
import type { Emit } from './emit.ts';
import type { InstanceState } from './instance-state.ts';
import type { InterfaceStatus, TransitionReason } from './io.ts';
import { assessment, effectivePriority, pendingOf, problemOf } from './problem.ts';
import { reannounce } from './receive.ts';
import { othersOf } from './sync-group.ts';
import { basis, downInterval, patienceOfPeers, skewTime } from './timers.ts';
import {
  advertise,
  becomeActive,
  change,
  clearTimers,
  enterFault,
  giveWay,
  leaveFor,
  takeOver,
  type Why,
  waitAsBackup,
  waits,
} from './transition.ts';

/** Startup (6.4.1), and the way out of FAULT; what has not answered yet holds it up, and is no failure. */
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
 * Goes on as Active where a predecessor died a moment ago: its addresses are in place, and no Backup
 * can have given it up yet (keepalived starts as BACKUP, which costs two failovers).
 */
export function resume(state: InstanceState, diedAt: Instant, now: Instant, emit: Emit): void {
  state.priority = effectivePriority(state);
  const silent = plus(diedAt, downInterval(state));
  // Its last advert may have been sent an interval before it died.
  const inTime = plus(now, state.config.advertInterval) < silent;
  if (problemOf(state) !== undefined || !inTime || !sendAdvert(state, state.priority, now, emit)) {
    emit({ kind: 'withdraw', instance: state.config.name, config: state.config });
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
  // Nor does it start later, if it was still to wait.
  state.deadlines.start = undefined;
  if (state.name === 'INIT') return;
  if (state.name === 'MASTER') {
    sendAdvert(state, 0, now, emit);
    emit({ kind: 'withdraw', instance: state.config.name, config: state.config });
  }
  clearTimers(state);
  state.wants = false;
  change(state, 'INIT', { reason, detail: 'stopped' }, now, emit);
}

/** Every deadline that has come. */
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
 * The host did not run for a while (paused, stopped, starved). An Active that was silent for longer
 * than its peers wait is no longer the only one: it steps down instead of fighting. A Backup cannot
 * know what it missed while nobody read its socket, and waits anew.
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

/** The host tells of the interface. Before startup it is only remembered. */
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
  // An Active resigns if the interface can still carry it: the address may have gone and not the link.
  state.source = lost && started ? before : source;
  if (started) {
    if (lost && status.up) resignWithout(state, now, emit);
    else reconsider(state, now, emit);
  }
  state.source = source;
}

function resignWithout(state: InstanceState, now: Instant, emit: Emit): void {
  const { source } = state;
  if (state.name === 'MASTER') sendAdvert(state, 0, now, emit);
  state.source = undefined;
  const problem = problemOf(state);
  if (problem === undefined || state.name === 'FAULT') return;
  if (state.name === 'MASTER')
    emit({ kind: 'withdraw', instance: state.config.name, config: state.config });
  clearTimers(state);
  state.wants = false;
  change(state, 'FAULT', problem, now, emit);
  state.source = source;
  for (const other of othersOf(state)) reconsiderOne(other, now, emit);
}

/** The configured source if the interface has it, or need not have it; otherwise the primary address. */
function sourceOf(state: InstanceState, status: InterfaceStatus) {
  const { family, source, trackSource, trackPrimary } = state.config;
  if (source !== undefined) {
    const there = status.addresses?.includes(source) ?? true;
    return there || !trackSource ? source : undefined;
  }
  const primary = family === 4 ? status.primary4 : status.primary6;
  return primary ?? (trackPrimary ? undefined : state.source);
}

/** Something it depends on has changed: the router, and those bound to it, go where they belong. */
export function reconsider(state: InstanceState, now: Instant, emit: Emit): void {
  reconsiderOne(state, now, emit);
  for (const other of othersOf(state)) reconsiderOne(other, now, emit);
}

function reconsiderOne(state: InstanceState, now: Instant, emit: Emit): void {
  if (state.name === 'INIT') {
    // It waited for the first result of a tracked object, not for a delay.
    if (state.deadlines.start === undefined) start(state, now, emit);
    return;
  }
  const problem = problemOf(state);
  if (problem !== undefined && state.name !== 'FAULT') enterFault(state, now, emit, problem);
  if (problem !== undefined) state.deadlines.retry = undefined;
  if (problem !== undefined && state.name === 'FAULT') state.why = problem.detail;
  movePriority(state, now, emit);
  if (problem === undefined && state.name === 'FAULT' && state.deadlines.retry === undefined)
    start(state, now, emit, 'recovered');
}

/** A running Active_Down_Timer moves by the difference in Skew_Time, as keepalived's does. */
export function movePriority(state: InstanceState, now: Instant, emit: Emit): void {
  const next = effectivePriority(state);
  if (next === state.priority) return;
  const { deadlines } = state;
  const before = skewTime(basis(state));
  state.priority = next;
  const moved = micros(skewTime(basis(state)) - before);
  if (deadlines.down !== undefined) deadlines.down = laterOf(now, plus(deadlines.down, moved));
  const detail = assessment(state).because.join(', ') || 'as configured';
  emit({ kind: 'priority', instance: state.config.name, priority: next, detail });
}

function laterOf(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}

/** What the host found out only later: none of the addresses could be installed, for one. */
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
