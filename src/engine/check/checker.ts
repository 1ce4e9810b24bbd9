/**
 * One check: when it is probed and what the results mean. The same machine stands behind a real server's
 * checker and a `vrrp_script`. A verdict flips after `fall` failures or `rise` successes in a row; one
 * probe is in flight at most, and what it says after its timeout counts no more.
 */
import {
  between,
  type Instant,
  isDue,
  type Micros,
  micros,
  plus,
  seconds,
  sooner,
} from '../../time.ts';
import type { CheckTiming } from '../core/config-check.ts';

/** keepalived: a script that was asked to end is killed after this. */
const KILL_AFTER = seconds(2);

/** keepalived takes a `delay_loop` of 1 µs, and uses a processor for it. */
const SHORTEST_INTERVAL = micros(10_000);

export type CheckerEffect =
  | { readonly kind: 'probe'; readonly probe: number }
  /** The probe ran into its timeout: end it; a process by the signal. */
  | { readonly kind: 'abort'; readonly probe: number; readonly signal: 'SIGTERM' | 'SIGKILL' };

export interface CheckerState {
  timing: CheckTiming;
  /** undefined: nothing known yet (`initial: first-result`). */
  up: boolean | undefined;
  /** The process has just started and nothing has answered yet: the first failure is enough (keepalived). */
  assumed: boolean;
  /** Results in a row that contradict the verdict. */
  contrary: number;
  /** Number of the last probe that was started. */
  probe: number;
  /** `overdue`: its timeout is over and it counts as failed, but its host has not ended it yet. */
  flight: 'none' | 'waiting' | 'overdue';
  nextAt: Instant | undefined;
  endAt: Instant | undefined;
  /** Probes left out because the last one was still in flight. */
  skipped: number;
  /** How late a probe has started at most: a host that is starved shows here. */
  mostLate: Micros;
}

export function createChecker(timing: CheckTiming): CheckerState {
  return {
    timing,
    up: timing.initial === 'first-result' ? undefined : timing.initial === 'up',
    assumed: false,
    contrary: 0,
    probe: 0,
    flight: 'none',
    nextAt: undefined,
    endAt: undefined,
    skipped: 0,
    mostLate: micros(0),
  };
}

/** `fraction` 0..1 of the warm-up: many checks that start together are spread by it. */
export function startChecker(state: CheckerState, now: Instant, fraction = 0): void {
  state.nextAt = plus(now, micros(state.timing.warmup * fraction));
}

/** No more probes; what is in flight counts no more, and is ended when its time is over. */
export function suspendChecker(state: CheckerState): void {
  state.nextAt = undefined;
  if (state.flight === 'waiting') state.flight = 'overdue';
}

/** For good: what is in flight has been ended. */
export function stopChecker(state: CheckerState): void {
  suspendChecker(state);
  state.endAt = undefined;
}

/** Does what is due. Whether the verdict changed: a timeout is a failure. */
export function wakeChecker(
  state: CheckerState,
  now: Instant,
  emit: (effect: CheckerEffect) => void,
): boolean {
  // What is due as well comes with the next wake-up: by then the host may have ended the probe.
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
  // Last: the host may end the probe while it is told.
  emit({ kind: 'abort', probe: state.probe, signal: first ? 'SIGTERM' : 'SIGKILL' });
  return first && judge(state, false, now);
}

/** The probe is over. Whether the verdict changed; a late result changes nothing. */
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
  // An alive server that failed is asked again soon (keepalived delay_before_retry).
  if (!ok && retryDelay !== undefined && state.nextAt !== undefined)
    state.nextAt = plus(now, retryDelay);
  return false;
}

export function nextCheckerDeadline({ nextAt, endAt }: CheckerState): Instant | undefined {
  return sooner(nextAt, endAt);
}

/**
 * When a server that fails for good from one moment on is declared down, counted from that moment. The
 * earliest: a probe is in flight and fails at once. The latest: the failure strikes just after a good
 * probe was answered, and every probe runs into its timeout.
 */
export function downBounds({ interval, timeout, fall, retryDelay }: CheckTiming): {
  readonly earliest: Micros;
  readonly latest: Micros;
} {
  if (retryDelay === undefined) {
    const step = interval * Math.ceil(Math.max(timeout, 1) / interval);
    return {
      earliest: micros((fall - 1) * interval),
      latest: micros(interval + (fall - 1) * step + timeout),
    };
  }
  return {
    earliest: micros((fall - 1) * retryDelay),
    latest: micros(interval + timeout + (fall - 1) * (retryDelay + timeout)),
  };
}
