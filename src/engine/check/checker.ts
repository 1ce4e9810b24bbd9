/**
 * One check: its schedule and the meaning of its results, for checkers of real servers and for `vrrp_script`. A
 * verdict changes after `fall` failures or `rise` successes in a row. At most one probe is in flight, and its
 * result after the timeout does not count.
 */
import { between, type Instant, isDue, micros, plus, seconds, sooner } from '../../time.ts';
import type { CheckTiming } from '../core/config-checker.ts';

/** keepalived: time from SIGTERM to SIGKILL of a script. */
const KILL_AFTER = seconds(2);

/** keepalived accepts a `delay_loop` of 1 µs, which uses a whole processor. */
const SHORTEST_INTERVAL = micros(10_000);

export type CheckerEffect =
  | { readonly kind: 'probe'; readonly probe: number }
  /** The probe ran into its timeout: end it; a process by the signal. */
  | { readonly kind: 'abort'; readonly probe: number; readonly signal: 'SIGTERM' | 'SIGKILL' };

export type CheckerState = ReturnType<typeof createChecker>;

export function createChecker(timing: CheckTiming) {
  return {
    timing,
    /** undefined: nothing known yet (`initial: first-result`). */
    up: timing.initial === 'first-result' ? undefined : timing.initial === 'up',
    /** No result since the process started: the first failure counts as down (keepalived). */
    assumed: false,
    /** Results in a row that contradict the verdict. */
    contrary: 0,
    /** Number of the last probe that was started. */
    probe: 0,
    /** `overdue`: its timeout is over and it counts as failed, but its host has not ended it yet. */
    flight: 'none' as 'none' | 'waiting' | 'overdue',
    nextAt: undefined as Instant | undefined,
    endAt: undefined as Instant | undefined,
    /** Probes skipped because the last one was still in flight. */
    skipped: 0,
    /** The largest lateness of a probe's start: high if the host is starved of CPU time. */
    mostLate: micros(0),
  };
}

/** `fraction`: 0..1 of the warm-up, so that checks that start together are spread. */
export function startChecker(state: CheckerState, now: Instant, fraction = 0): void {
  state.nextAt = plus(now, micros(state.timing.warmup * fraction));
}

/** Stops probing. The result of a probe in flight does not count, and the probe ends at its timeout. */
export function suspendChecker(state: CheckerState): void {
  state.nextAt = undefined;
  if (state.flight === 'waiting') state.flight = 'overdue';
}

/** Stops for good: the host has ended a probe in flight. */
export function stopChecker(state: CheckerState): void {
  suspendChecker(state);
  state.endAt = undefined;
}

/** Runs due timers. Returns whether the verdict changed: a timeout is a failure. */
export function wakeChecker(
  state: CheckerState,
  now: Instant,
  emit: (effect: CheckerEffect) => void,
): boolean {
  // Other due timers wait for the next wake-up: by then the host may have ended the probe.
  if (isDue(state.endAt, now)) return expire(state, now, emit);
  const { timeout } = state.timing;
  const interval = micros(Math.max(state.timing.interval, SHORTEST_INTERVAL));
  const due = state.nextAt;
  if (due === undefined || due > now) return false;
  state.mostLate = micros(Math.max(state.mostLate, between(due, now)));
  const next = plus(due, interval);
  state.nextAt = next > now ? next : plus(now, interval);
  if (state.flight !== 'none') {
    state.skipped++;
    return false;
  }
  state.flight = 'waiting';
  state.probe++;
  state.endAt = plus(now, timeout);
  emit({ kind: 'probe', probe: state.probe });
  return false;
}

function expire(state: CheckerState, now: Instant, emit: (effect: CheckerEffect) => void): boolean {
  const first = state.flight === 'waiting';
  state.endAt = first ? plus(now, KILL_AFTER) : undefined;
  state.flight = 'overdue';
  // Last, because the host may call `probeEnded` inside `emit`.
  emit({ kind: 'abort', probe: state.probe, signal: first ? 'SIGTERM' : 'SIGKILL' });
  return first && judge(state, false, now);
}

/** Ends the probe. Returns whether the verdict changed; a late result changes nothing. */
export function probeEnded(state: CheckerState, probe: number, ok: boolean, now: Instant): boolean {
  if (probe !== state.probe || state.flight === 'none') return false;
  const late = state.flight === 'overdue';
  state.flight = 'none';
  state.endAt = undefined;
  return !late && judge(state, ok, now);
}

function judge(state: CheckerState, ok: boolean, now: Instant): boolean {
  const { fall, rise, retryDelay } = state.timing;
  const { up: before, assumed } = state;
  state.assumed = false;
  if (ok === before) {
    state.contrary = 0;
    return false;
  }
  state.contrary++;
  const isFirst = before === undefined || (before && assumed);
  const needed = isFirst ? 1 : before ? fall : rise;
  if (state.contrary >= needed) {
    state.up = ok;
    state.contrary = 0;
    return true;
  }
  // A server that is up and failed once is probed again soon (keepalived delay_before_retry).
  if (!ok && retryDelay !== undefined && state.nextAt !== undefined)
    state.nextAt = plus(now, retryDelay);
  return false;
}

export function nextCheckerDeadline({ nextAt, endAt }: CheckerState): Instant | undefined {
  return sooner(nextAt, endAt);
}
