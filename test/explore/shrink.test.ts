import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ddmin } from '../../src/explore/ddmin.ts';
import { caseOf, DRAFT_LIMITS, draftArbitrary } from '../../src/explore/draft.ts';
import { NO_LISTENER } from '../../src/explore/no-listener.ts';
import { simplify } from '../../src/explore/simplify.ts';
import type { ElectionListener } from '../../src/observe/election.ts';
import type { Case } from '../../src/sim/election/case.ts';
import { runElection } from '../../src/sim/election/election.ts';

describe('ddmin', () => {
  it('keeps exactly the necessary items', () => {
    const items = fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(items, fc.array(fc.nat(1000), { maxLength: 5 }), (all, picks) => {
        const needed = new Set(picks.map((pick) => all[pick % all.length]));
        const fails = (subset: readonly number[]): boolean =>
          [...needed].every((item) => item !== undefined && subset.includes(item));
        expect(ddmin(all, fails)).toEqual(all.filter((item) => needed.has(item)));
      }),
    );
  });
});

/** A planted bug that needs two faults: a router crashes while another one is paused. */
function crashesBesidePaused(whole: Case): boolean {
  const paused = new Set<number>();
  let found = false;
  const listener: ElectionListener = {
    ...NO_LISTENER,
    change: (_at, change) => {
      if (change.kind !== 'process') return;
      if (change.what === 'pause') paused.add(change.router);
      else if (change.what === 'crash' && paused.size > 0 && !paused.has(change.router))
        found = true;
      else paused.delete(change.router);
    },
  };
  runElection(whole, listener);
  return found;
}

/** A planted bug: a Backup misses two adverts in a row of one router, lost by chance. */
function losesTwo(whole: Case): boolean {
  let last = '';
  let found = false;
  let reads = false;
  const listener: ElectionListener = {
    ...NO_LISTENER,
    change: (_at, change) => {
      if (change.kind === 'process' && change.router === 1) reads = change.what === 'start';
      last = '';
    },
    missed: (_at, _virtual, router, from, priority) => {
      const path = `${from}>${router}`;
      if (reads && priority > 0 && router === 1 && path === last) found = true;
      last = router === 1 ? path : last;
    },
    heard: (_at, _virtual, router) => {
      if (router === 1) last = '';
    },
  };
  runElection(whole, listener);
  return found;
}

describe('shrinking', () => {
  it('reduces up to 40 faults to the two necessary ones, at twenty seeds', () => {
    const limits = { ...DRAFT_LIMITS, mostFaults: 40 };
    for (let seed = 1; seed <= 20; seed++) {
      const property = fc.property(
        draftArbitrary(limits),
        (draft) => !crashesBesidePaused(caseOf('rfc9568', draft)),
      );
      const { counterexample } = fc.check(property, { seed, numRuns: 2000 });
      const [draft] = counterexample ?? [];
      if (draft === undefined) throw new Error(`seed ${seed} must come upon it`);
      const simplest = simplify(caseOf('rfc9568', draft), crashesBesidePaused);
      expect(crashesBesidePaused(simplest)).toBe(true);
      expect(simplest.faults.length).toBeLessThanOrEqual(3);
      expect(simplest.faults.every(({ edge }) => edge === undefined)).toBe(true);
    }
  });

  it('names the packets to lose instead of a loss rate', () => {
    const property = fc.property(draftArbitrary({ ...DRAFT_LIMITS, mostFaults: 4 }), (draft) => {
      const whole = caseOf('rfc9568', draft);
      return whole.network.loss === 0 || !losesTwo({ ...whole, faults: whole.faults.slice(0, 1) });
    });
    const { counterexample } = fc.check(property, { seed: 5, numRuns: 2000 });
    const [draft] = counterexample ?? [];
    if (draft === undefined) throw new Error('it must come upon it');
    const whole = caseOf('rfc9568', draft);
    const lossy = { ...whole, faults: whole.faults.slice(0, 1) };
    const simplest = simplify(lossy, losesTwo);
    expect(simplest.network.loss).toBe(0);
    expect(losesTwo(simplest)).toBe(true);
    expect(losesTwo({ ...simplest, faults: [], network: { ...simplest.network, drops: [] } })).toBe(
      false,
    );
  });
});
