/** Engines with one error each: the invariant that forbids the error must find it. */
import { describe, expect, it } from 'vitest';
import { noDeadlines } from '../../../src/engine/vrrp/deadlines.ts';
import type { InstanceState } from '../../../src/engine/vrrp/instance-state.ts';
import type { Emit } from '../../../src/engine/vrrp/io.ts';
import type { ClusterSpec } from '../../../src/explore/exhaustive/cluster.ts';
import { ENGINE, type EngineCalls } from '../../../src/explore/exhaustive/engine-run.ts';
import { type Instant, micros, minus, plus } from '../../../src/time.ts';
import { DUEL, explored, SMALL } from '../../support/check.ts';

const { start, wake, stop, receive } = ENGINE;

interface Mutant {
  readonly engine: Partial<EngineCalls>;
  readonly spec?: ClusterSpec;
  readonly breaks: string;
}

const silently =
  (emit: Emit): Emit =>
  (effect) =>
    effect.kind === 'send' || emit(effect);
/** Runs `act`, then moves the Active_Down_Timer by `move`. */
function movingDown(state: InstanceState, act: () => void, move: (at: Instant) => Instant): void {
  const before = state.deadlines.down;
  act();
  const { deadlines } = state;
  if (deadlines.down !== undefined && deadlines.down !== before)
    deadlines.down = move(deadlines.down);
}
const equal = SMALL.routers.map((member) => ({ ...member, priority: 128 }));

const MUTANTS: Readonly<Record<string, Mutant>> = {
  'an Active that never yields': {
    engine: {
      receive: (state, advert, ...rest) => {
        if (state.name !== 'MASTER' || advert.priority < state.priority)
          receive(state, advert, ...rest);
      },
    },
    breaks: 'S6',
  },
  'an Active that yields to a lower priority': {
    engine: {
      receive: (state, advert, ...rest) =>
        receive(
          state,
          state.name === 'MASTER' && advert.priority > 0 ? { ...advert, priority: 254 } : advert,
          ...rest,
        ),
    },
    breaks: 'S1',
  },
  'a tie that the lower address wins': {
    engine: {
      receive: (state, advert, source, ...rest) => {
        const wins = state.name === 'MASTER' && advert.priority === state.priority;
        const higher = wins && source > (state.source ?? '');
        receive(state, wins ? { ...advert, priority: higher ? 1 : 254 } : advert, source, ...rest);
      },
    },
    spec: { ...SMALL, routers: equal },
    breaks: 'S1',
  },
  'a loser that is not answered (RFC 9568)': {
    engine: {
      receive: (state, advert, source, now, emit) =>
        receive(state, advert, source, now, advert.priority > 0 ? silently(emit) : emit),
    },
    spec: DUEL,
    breaks: 'T4',
  },
  'a resignation that a Backup ignores': {
    engine: {
      receive: (state, advert, ...rest) => {
        if (state.name !== 'BACKUP' || advert.priority > 0) receive(state, advert, ...rest);
      },
    },
    breaks: 'L2',
  },
  'a resignation that an Active ignores': {
    engine: {
      receive: (state, advert, ...rest) => {
        if (state.name !== 'MASTER' || advert.priority > 0) receive(state, advert, ...rest);
      },
    },
    breaks: 'S3',
  },
  'a stop without a resignation': {
    engine: { stop: (state, now, emit) => stop(state, now, silently(emit)) },
    breaks: 'S3',
  },
  'a Backup that does not restart its timer': {
    engine: {
      receive: (state, ...rest) =>
        movingDown(
          state,
          () => receive(state, ...rest),
          (at) => minus(at, micros(250_000)),
        ),
    },
    breaks: 'S2',
  },
  'equal priority that does not count as better (> for >=)': {
    engine: {
      receive: (state, advert, ...rest) => {
        if (state.name !== 'BACKUP' || advert.priority !== state.priority)
          receive(state, advert, ...rest);
      },
    },
    spec: { ...SMALL, routers: equal },
    breaks: 'S2',
  },
  'an interval that is not learnt': {
    engine: {
      receive: (state, advert, ...rest) =>
        receive(state, { ...advert, interval: state.config.advertInterval }, ...rest),
    },
    spec: DUEL,
    breaks: 'S2',
  },
  'nopreempt that is not heeded': {
    engine: {
      receive: (state, advert, ...rest) => {
        if (state.name !== 'BACKUP' || advert.priority === 0 || advert.priority >= state.priority)
          receive(state, advert, ...rest);
      },
    },
    spec: { ...SMALL, routers: SMALL.routers.map((member) => ({ ...member, preempt: false })) },
    breaks: 'S2',
  },
  'preempt that is not heeded': {
    engine: {
      receive: (state, advert, ...rest) =>
        receive(
          state,
          state.name === 'BACKUP' && advert.priority > 0 ? { ...advert, priority: 254 } : advert,
          ...rest,
        ),
    },
    breaks: 'L2',
  },
  'no skew': {
    engine: {
      start: (state, ...rest) =>
        movingDown(
          state,
          () => start(state, ...rest),
          (at) => minus(at, micros(250_000)),
        ),
    },
    breaks: 'S2',
  },
  'four intervals for three': {
    engine: {
      receive: (state, ...rest) =>
        movingDown(
          state,
          () => receive(state, ...rest),
          (at) => plus(at, state.interval),
        ),
    },
    breaks: 'L2',
  },
  'an advert that is left out': {
    engine: {
      wake: (state, now, emit) => wake(state, now, state.name === 'MASTER' ? silently(emit) : emit),
    },
    breaks: 'S3',
  },
  'a takeover without an advert': {
    engine: {
      wake: (state, now, emit) => wake(state, now, state.name === 'BACKUP' ? silently(emit) : emit),
    },
    breaks: 'S3',
  },
  'an advert from a Backup': {
    engine: {
      start: (state, now, emit) => {
        start(state, now, emit);
        const deadlines = { ...noDeadlines(), advert: now };
        ENGINE.wake({ ...state, name: 'MASTER', deadlines }, now, emit);
      },
    },
    breaks: 'S3',
  },
  'a start as Active': {
    engine: {
      start: (state, now, emit) => {
        start(state, now, emit);
        state.deadlines.down = now;
        wake(state, now, emit);
      },
    },
    breaks: 'S1',
  },
};

describe('a broken engine', () => {
  it.each(Object.entries(MUTANTS))('is found: %s', (_name, { engine, spec = SMALL, breaks }) => {
    const mutant = { ...ENGINE, ...engine };
    const { violations, ok } = explored(spec, { engine: mutant }, 100_000);
    expect(ok).toBe(false);
    expect(violations.map(({ invariant }) => invariant)).toContain(breaks);
    for (const { steps } of violations) expect(steps.length).toBeGreaterThan(0);
  });
});
