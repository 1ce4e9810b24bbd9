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
import { micros, milliseconds } from '../time.ts';
import type { Life } from './process-life.ts';
import type { World } from './world.ts';

/** From the fork to the first instruction of a child's engine. */
const CHILD_START = milliseconds(90);
/** From the signal to the exit of a child that has nothing left to do. */
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

export class Supervision {
  private readonly parent: Parent;
  private readonly world: World;
  private readonly child: Child;
  private state: SupervisorState = createSupervisor();
  /** A forked child cannot react to a signal before its first instruction; it handles the signal then. */
  private starting = false;
  private leaving = false;

  constructor(parent: Parent, world: World, child: Child) {
    this.parent = parent;
    this.world = world;
    this.child = child;
  }

  /** A new parent; `wanted`: there is something for the child to do. */
  begin(wanted: boolean): void {
    this.state = createSupervisor();
    this.starting = false;
    this.leaving = false;
    if (wanted) this.input({ kind: 'startup' });
  }

  /** The child died. */
  died(): void {
    this.input({ kind: 'exited', code: undefined });
  }

  /** The child has ended in order. */
  leaves(): void {
    this.input({ kind: 'exited', code: 0 });
  }

  /** `ended` follows, at once if there is no child. */
  stop(): void {
    if (this.state.phase === 'ended') this.child.ended();
    else this.input({ kind: 'stop', tidy: true });
  }

  private input(input: SupervisorInput): void {
    const current = this.state;
    this.parent.does(() => {
      if (this.state !== current) return;
      stepSupervisor(current, input, this.world.now(), (effect) => this.perform(effect, current));
      const { deadline } = current;
      if (deadline === undefined) return;
      this.world.at(deadline, () => {
        if (this.state === current) this.input({ kind: 'wake' });
      });
    });
  }

  private perform(effect: SupervisorEffect, current: SupervisorState): void {
    switch (effect.kind) {
      case 'start': {
        this.starting = true;
        this.leaving = false;
        const start = (): void => {
          this.starting = false;
          if (current.phase !== 'running' && current.phase !== 'stopping') return;
          this.child.start();
          if (this.leaving) this.end('SIGTERM', current);
        };
        this.world.after(CHILD_START, this.still(current, start));
        return;
      }
      case 'leave':
        if (this.starting) this.leaving = true;
        else this.end('SIGTERM', current);
        return;
      case 'kill':
        this.end('SIGKILL', current);
        return;
      case 'end':
        this.child.ended();
        return;
      case 'restart-in':
    }
  }

  private end(signal: 'SIGTERM' | 'SIGKILL', current: SupervisorState): void {
    if (!this.child.stop(signal)) return;
    const leaves = (): void => {
      if (current.phase === 'stopping') this.leaves();
    };
    this.world.after(CHILD_END, this.still(current, leaves));
  }

  /** Unless there is another parent by then. */
  private still(current: SupervisorState, then: () => void): () => void {
    return () => {
      if (this.state === current) this.parent.does(then);
    };
  }
}
