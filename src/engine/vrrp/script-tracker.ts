/**
 * When a `vrrp_script` runs and what its results mean: keepalived's rise and fall, one run at a time,
 * SIGTERM at the timeout and SIGKILL two seconds later. Unlike keepalived a run that had to be
 * terminated is a failure whatever code it exits with.
 */
import { type Instant, plus, seconds } from '../../time.ts';
import type { VrrpScriptConfig } from '../core/config-track.ts';
import type { Emit } from './emit.ts';

const KILL_AFTER = seconds(2);

export interface ScriptState {
  readonly config: VrrpScriptConfig;
  /** 0..rise+fall-1; up from `rise` on. Starts so that the first result decides. */
  result: number;
  /** Undefined until the first run has ended. */
  up: boolean | undefined;
  running: boolean;
  terminated: boolean;
  nextAt: Instant | undefined;
  endAt: Instant | undefined;
  /** Runs left out because the last one was still going on. */
  skipped: number;
}

export function createScript(config: VrrpScriptConfig): ScriptState {
  return {
    config,
    result: config.initFail ? 0 : config.rise - 1,
    up: config.initFail ? false : undefined,
    running: false,
    terminated: false,
    nextAt: undefined,
    endAt: undefined,
    skipped: 0,
  };
}

export function startScript(state: ScriptState, now: Instant): void {
  state.nextAt = now;
}

/** A restarted host has none of its runs. */
export function wakeScript(state: ScriptState, now: Instant, emit: Emit): void {
  const { name, interval, timeout } = state.config;
  if (state.endAt !== undefined && state.endAt <= now) {
    emit({ kind: 'end-script', name, signal: state.terminated ? 'SIGKILL' : 'SIGTERM' });
    state.endAt = state.terminated ? undefined : plus(now, KILL_AFTER);
    state.terminated = true;
  }
  if (state.nextAt === undefined || state.nextAt > now) return;
  const next = plus(state.nextAt, interval);
  state.nextAt = next > now ? next : plus(now, interval);
  if (state.running) {
    state.skipped++;
    return;
  }
  state.running = true;
  state.terminated = false;
  state.endAt = plus(now, timeout);
  emit({ kind: 'run-script', name });
}

/** Whether the script's state changed. */
export function scriptEnded(state: ScriptState, ok: boolean): boolean {
  const { rise, fall } = state.config;
  const good = ok && !state.terminated;
  state.running = false;
  state.terminated = false;
  state.endAt = undefined;
  if (good) state.result = state.result >= rise - 1 ? rise + fall - 1 : state.result + 1;
  else state.result = state.result > rise ? state.result - 1 : 0;
  const before = state.up;
  state.up = state.result >= rise;
  return state.up !== before;
}

export function nextScriptDeadline({ nextAt, endAt }: ScriptState): Instant | undefined {
  if (nextAt === undefined) return endAt;
  return endAt === undefined || nextAt < endAt ? nextAt : endAt;
}
