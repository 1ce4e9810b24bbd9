/**
 * The parent's policy for its children, as a pure machine: a child that dies is started again, at
 * first at once, then after 1, 2, 4 .. 60 s, until it has run for a minute (keepalived does the same);
 * a stop is asked for with a word and enforced with SIGKILL. The word stands in line behind the first order, so that
 * a child that has only just been started does what is due at an end as well. One that waits for its restart is
 * started for that: what its predecessor held when it was killed is on the interfaces still.
 */
import { between, type Instant, type Micros, micros, plus, seconds } from '../../time.ts';

/** Exit code of a child that cannot run this configuration: restarting would not help. */
export const CONFIG_EXIT = 2;

/** Of a parent that may not start its child again. */
const GAVE_UP_EXIT = 1;
const LONGEST_DELAY = seconds(60);
const STEADY_RUN = seconds(60);
const STOP_PATIENCE = seconds(5);

export type SupervisorInput =
  | { readonly kind: 'startup' }
  | { readonly kind: 'exited'; readonly code: number | undefined }
  /** `tidy`: whether a child that starts and ends in order leaves less behind than one that was killed. */
  | { readonly kind: 'stop'; readonly tidy: boolean }
  | { readonly kind: 'wake' };

export type SupervisorEffect =
  | { readonly kind: 'start' }
  /** It is asked to end in order. */
  | { readonly kind: 'leave' }
  | { readonly kind: 'kill' }
  /** The parent ends, with this code. */
  | { readonly kind: 'end'; readonly code: number }
  | { readonly kind: 'restart-in'; readonly delay: Micros };

type Emit = (effect: SupervisorEffect) => void;

type Values = ReturnType<typeof createSupervisor>;
type Constant = 'patience' | 'respawn';
export type SupervisorState = Readonly<Pick<Values, Constant>> & Omit<Values, Constant>;

/** `patience`: how long a child may take to stop [5 s]. `respawn`: whether a child that dies is started again; -R turns it off. */
export function createSupervisor(patience: Micros = STOP_PATIENCE, respawn = true) {
  return {
    phase: 'ended' as 'running' | 'waiting' | 'stopping' | 'ended',
    startedAt: undefined as Instant | undefined,
    /** Before the next restart; grows with every early death. */
    delay: micros(0),
    deadline: undefined as Instant | undefined,
    patience,
    respawn,
  };
}

export function stepSupervisor(
  state: SupervisorState,
  input: SupervisorInput,
  now: Instant,
  emit: Emit,
): void {
  switch (input.kind) {
    case 'startup':
      run(state, now, emit);
      return;
    case 'exited':
      exited(state, input.code, now, emit);
      return;
    case 'stop':
      stop(state, input.tidy, now, emit);
      return;
    case 'wake':
      if (state.deadline === undefined || state.deadline > now) return;
      state.deadline = undefined;
      if (state.phase === 'waiting') run(state, now, emit);
      else if (state.phase === 'stopping') emit({ kind: 'kill' });
      return;
  }
}

function run(state: SupervisorState, now: Instant, emit: Emit): void {
  state.phase = 'running';
  state.startedAt = now;
  state.deadline = undefined;
  emit({ kind: 'start' });
}

function exited(state: SupervisorState, code: number | undefined, now: Instant, emit: Emit): void {
  if (state.phase === 'stopping' || code === CONFIG_EXIT || !state.respawn) {
    const stopped = state.phase === 'stopping' ? 0 : GAVE_UP_EXIT;
    state.phase = 'ended';
    state.deadline = undefined;
    emit({ kind: 'end', code: code === CONFIG_EXIT ? CONFIG_EXIT : stopped });
    return;
  }
  if (state.startedAt !== undefined && between(state.startedAt, now) >= STEADY_RUN)
    state.delay = micros(0);
  const delay = state.delay;
  state.delay = delay === 0 ? seconds(1) : micros(Math.min(delay * 2, LONGEST_DELAY));
  emit({ kind: 'restart-in', delay });
  if (delay === 0) {
    run(state, now, emit);
    return;
  }
  state.phase = 'waiting';
  state.deadline = plus(now, delay);
}

function stop(state: SupervisorState, tidy: boolean, now: Instant, emit: Emit): void {
  if (state.phase === 'waiting' && !tidy) {
    state.phase = 'ended';
    state.deadline = undefined;
    emit({ kind: 'end', code: 0 });
    return;
  }
  if (state.phase === 'waiting') run(state, now, emit);
  if (state.phase !== 'running') return;
  state.phase = 'stopping';
  state.deadline = plus(now, state.patience);
  emit({ kind: 'leave' });
}
