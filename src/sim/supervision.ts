/**
 * The parent process of a simulated halabd, and its supervision of one child by the engine's policy. What the parent
 * does for its children waits while it is paused, and is dropped once it is dead.
 */
import {
  createSupervisor,
  type SupervisorEffect,
  type SupervisorInput,
  type SupervisorState,
  stepSupervisor,
} from '../engine/core/supervisor.ts';
import { type Micros, micros, milliseconds } from '../time.ts';
import type { Life } from './process-life.ts';
import type { World } from './world.ts';

/** From the fork to the first instruction of a child's engine. */
const CHILD_START = milliseconds(90);
/** From the signal to the exit of an idle child. */
const CHILD_END = micros(500);

export class Parent {
  life: Life = 'dead';
  private held: (() => void)[] = [];

  /** Now, or as soon as the parent resumes. */
  does(action: () => void): void {
    if (this.life === 'running') action();
    else if (this.life === 'paused') this.held.push(action);
  }

  begins(): void {
    this.life = 'running';
    this.held = [];
  }

  ends(): void {
    this.life = 'dead';
    this.held = [];
  }

  resumes(): void {
    if (this.life !== 'paused') return;
    this.life = 'running';
    for (const action of this.held.splice(0)) this.does(action);
  }
}

export interface Child {
  readonly start: () => void;
  /** Signals the child to end. False: it is paused and cannot react yet. */
  readonly stop: (signal: 'SIGTERM' | 'SIGKILL') => boolean;
  /** It will not be started again. */
  readonly ended: () => void;
}

export type Supervision = ReturnType<typeof supervise>;

export function supervise(parent: Parent, world: World, child: Child) {
  let state = createSupervisor();
  /** A forked child cannot react to a signal before its first instruction; it handles the signal then. */
  let starting = false;
  let leaving = false;
  /** Unless there is another parent by then. */
  const later = (delay: Micros, current: SupervisorState, then: () => void): void =>
    world.after(delay, () => {
      if (state === current) parent.does(then);
    });
  const end = (signal: 'SIGTERM' | 'SIGKILL', current: SupervisorState): void => {
    if (!child.stop(signal)) return;
    later(CHILD_END, current, () => {
      if (current.phase === 'stopping') input({ kind: 'exited', code: 0 });
    });
  };
  const perform = ({ kind }: SupervisorEffect, current: SupervisorState): void => {
    if (kind === 'start') {
      starting = true;
      leaving = false;
      later(CHILD_START, current, () => {
        starting = false;
        if (current.phase !== 'running' && current.phase !== 'stopping') return;
        child.start();
        if (leaving) end('SIGTERM', current);
      });
    } else if (kind === 'leave') {
      if (starting) leaving = true;
      else end('SIGTERM', current);
    } else if (kind === 'kill') end('SIGKILL', current);
    else if (kind === 'end') child.ended();
  };
  const input = (event: SupervisorInput): void => {
    const current = state;
    parent.does(() => {
      if (state !== current) return;
      stepSupervisor(current, event, world.now(), (effect) => perform(effect, current));
      const { deadline } = current;
      if (deadline === undefined) return;
      world.at(deadline, () => {
        if (state === current) input({ kind: 'wake' });
      });
    });
  };
  return {
    /** A new parent; `wanted`: the child is needed. */
    begin: (wanted: boolean): void => {
      state = createSupervisor();
      starting = false;
      leaving = false;
      if (wanted) input({ kind: 'startup' });
    },
    /** The child has ended. `code`: 0, in order; undefined: it died. */
    exited: (code: 0 | undefined): void => input({ kind: 'exited', code }),
    /** `ended` follows, at once if there is no child. */
    stop: (): void => {
      if (state.phase === 'ended') child.ended();
      else input({ kind: 'stop', tidy: true });
    },
  };
}
