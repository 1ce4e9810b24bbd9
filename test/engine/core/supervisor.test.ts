import { describe, expect, it } from 'vitest';
import {
  CONFIG_EXIT,
  createSupervisor,
  type SupervisorEffect,
  stepSupervisor,
} from '../../../src/engine/core/supervisor.ts';
import { instant } from '../../../src/time.ts';

/** A supervisor on a bench: seconds in, effects out. */
function bench() {
  const state = createSupervisor();
  let effects: SupervisorEffect[] = [];
  const input = (
    at: number,
    ...args: [Parameters<typeof stepSupervisor>[1]]
  ): SupervisorEffect[] => {
    effects = [];
    stepSupervisor(state, args[0], instant(at * 1_000_000), (effect) => effects.push(effect));
    return effects;
  };
  return { state, input };
}

describe('the supervisor', () => {
  it('starts a child, and restarts it at once after its first death', () => {
    const { input } = bench();
    expect(input(0, { kind: 'startup' })).toEqual([{ kind: 'start' }]);
    expect(input(1, { kind: 'exited', code: 1 })).toEqual([
      { kind: 'restart-in', delay: 0 },
      { kind: 'start' },
    ]);
  });

  it('waits 1, 2, 4 .. 60 s between later deaths (keepalived)', () => {
    const { state, input } = bench();
    input(0, { kind: 'startup' });
    input(0, { kind: 'exited', code: undefined });
    let now = 0;
    const delays = Array.from({ length: 8 }, () => {
      const [effect] = input(now, { kind: 'exited', code: undefined });
      now = (state.deadline ?? 0) / 1_000_000;
      expect(input(now, { kind: 'wake' })).toEqual([{ kind: 'start' }]);
      return effect?.kind === 'restart-in' ? effect.delay / 1_000_000 : undefined;
    });
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  it('forgets early deaths after a child has run for a minute', () => {
    const { input } = bench();
    input(0, { kind: 'startup' });
    input(0, { kind: 'exited', code: 1 });
    input(1, { kind: 'exited', code: 1 });
    input(2, { kind: 'wake' });
    expect(input(62, { kind: 'exited', code: 1 })).toEqual([
      { kind: 'restart-in', delay: 0 },
      { kind: 'start' },
    ]);
  });

  it('sends TERM to a child, KILL after 5 s, and ends after it', () => {
    const { input } = bench();
    input(0, { kind: 'startup' });
    expect(input(10, { kind: 'stop', tidy: true })).toEqual([{ kind: 'leave' }]);
    expect(input(14.9, { kind: 'wake' })).toEqual([]);
    expect(input(15, { kind: 'wake' })).toEqual([{ kind: 'kill' }]);
    expect(input(15.1, { kind: 'exited', code: undefined })).toEqual([{ kind: 'end', code: 0 }]);
  });

  it('starts a child once more if it is stopped while it waits to restart, so that the child can clean up', () => {
    const { input } = bench();
    input(0, { kind: 'startup' });
    input(0, { kind: 'exited', code: 1 });
    input(0, { kind: 'exited', code: 1 });
    expect(input(0.5, { kind: 'stop', tidy: true })).toEqual([
      { kind: 'start' },
      { kind: 'leave' },
    ]);
    expect(input(1, { kind: 'wake' })).toEqual([]);
    expect(input(1.2, { kind: 'exited', code: 1 })).toEqual([{ kind: 'end', code: 0 }]);
  });

  it('ends at once if it is stopped while it waits to restart and nothing needs cleaning up', () => {
    const { input } = bench();
    input(0, { kind: 'startup' });
    input(0, { kind: 'exited', code: 1 });
    input(0, { kind: 'exited', code: 1 });
    expect(input(0.5, { kind: 'stop', tidy: false })).toEqual([{ kind: 'end', code: 0 }]);
  });

  it('does not restart a child that cannot run this configuration', () => {
    const { input } = bench();
    input(0, { kind: 'startup' });
    expect(input(1, { kind: 'exited', code: CONFIG_EXIT })).toEqual([
      { kind: 'end', code: CONFIG_EXIT },
    ]);
  });

  it('does not restart a child with keepalived -R', () => {
    const state = createSupervisor(undefined, false);
    const effects: SupervisorEffect[] = [];
    for (const input of [{ kind: 'startup' }, { kind: 'exited', code: 0 }] as const)
      stepSupervisor(state, input, instant(0), (effect) => effects.push(effect));
    expect(effects).toEqual([{ kind: 'start' }, { kind: 'end', code: 1 }]);
  });
});
