import { expect, it } from 'vitest';
import type { Budgets } from '../../../src/explore/exhaustive/budget.ts';
import type { MemberSpec } from '../../../src/explore/exhaustive/cluster.ts';
import { ENGINE } from '../../../src/explore/exhaustive/engine-run.ts';
import { waysOf } from '../../../src/explore/exhaustive/ways.ts';
import { seconds } from '../../../src/time.ts';
import { explored, SMALL, THREE } from '../../support/check.ts';

const NONE = { losses: 0, crashes: 0, stops: 0, restarts: 0, jitter: 0 };

it('a violation is printed as the shortest trace, line by line', () => {
  const spec = { ...SMALL, delay: { least: 1, most: 1 } };
  const deaf: typeof ENGINE = {
    ...ENGINE,
    receive: (state, advert, ...rest) => {
      if (advert.priority > 0) ENGINE.receive(state, advert, ...rest);
    },
  };
  const [first] = explored(spec, { engine: deaf }).violations;
  expect(first?.invariant).toBe('S3');
  expect(first?.steps.at(0)).toBe(
    '    0 us  BB  r1 starts, INIT -> BACKUP; r2 starts, INIT -> BACKUP',
  );
  expect(first?.steps.slice(1)).toMatchInlineSnapshot(`
    [
      "  3.25 s  MB  r1 timer fires, BACKUP -> MASTER, sends",
      "   3.5 s  .M  r1 is stopped, MASTER -> INIT, sends; r2 misses r1, timer fires, BACKUP -> MASTER, sends",
      "  3.75 s  .M  r2 hears the resignation of r1",
    ]
  `);
});

it('a violation is exported as a case: faults with times, losses by packet number', () => {
  // r2 takes over without an advert, which happens only if it misses r1.
  const mute: typeof ENGINE = {
    ...ENGINE,
    wake: (state, now, emit) =>
      ENGINE.wake(state, now, (effect) =>
        state.name === 'BACKUP' && state.priority === 64 && effect.kind === 'send'
          ? true
          : emit(effect),
      ),
  };
  const spec = {
    ...SMALL,
    routers: [0, 2].map((i) => THREE.routers[i] as MemberSpec),
    delay: { least: 1, most: 1 },
  };
  const found = (budgets: Partial<Budgets>) => {
    const report = explored(
      { ...spec, budgets: { ...SMALL.budgets, ...NONE, ...budgets } },
      { engine: mute },
    );
    return report.violations.find(({ invariant }) => invariant === 'S3');
  };
  expect(found({})).toBeUndefined();
  expect(found({ losses: 1 })?.case).toMatchObject({
    profile: 'rfc9568',
    routers: [
      { priority: 192, interval: seconds(1), preempt: true, start: 0 },
      { priority: 64, interval: seconds(1), preempt: true, start: 0 },
    ],
    network: {
      delayLeast: 248_000,
      delayMost: 252_000,
      drops: [{ from: 0, to: 1, virtual: 0, nth: 0 }],
    },
    faults: [],
  });
  expect(found({ crashes: 1 })?.case.faults).toEqual([
    {
      after: 3_249_000,
      edge: undefined,
      for: 750_000,
      faults: [{ kind: 'node.kill', node: 'r1' }],
    },
  ]);
});

it('the inputs of a router in a tick: every fate of every advert, in every order', () => {
  const rules = {
    routers: 3,
    delay: { least: 1, most: 2 },
    budgets: { losses: 1, crashes: 1, stops: 0, restarts: 0, jitter: 0 },
  };
  // From r1 an advert in its second tick; from r3 a resignation in its first; the timer fires.
  const inbox = (1 << 2) | (2 << 4);
  const ways = waysOf(rules, { router: 1, inbox, up: true, due: true });
  const lines = ways.map(({ deeds, held }) => {
    const names = deeds.map((deed) => ('from' in deed ? `${deed.kind} ${deed.from}` : deed.kind));
    return `${names.join(', ')}${held === 0 ? '' : `; ${held.toString(2)} waits`}`;
  });
  expect(lines).toMatchInlineSnapshot(`
    [
      "timer, hears 0, hears 2",
      "timer, hears 2, hears 0",
      "hears 0, timer, hears 2",
      "hears 0, hears 2, timer",
      "hears 2, timer, hears 0",
      "hears 2, hears 0, timer",
      "timer, hears 0; 10000000 waits",
      "hears 0, timer; 10000000 waits",
      "misses 0, timer, hears 2",
      "misses 0, hears 2, timer",
      "misses 0, timer; 10000000 waits",
      "crash; 10000000 waits",
    ]
  `);
});
