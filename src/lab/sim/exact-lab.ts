/**
 * The exact simulator as a Lab: it plays a scenario with `simulation:` as a whole, to the microsecond, and reports
 * every change of the election. It knows routers, paths and clocks; nodes with kernels and frames are `sim-lab.ts`.
 */
import type { Case } from '../../sim/election/case.ts';
import { runElection } from '../../sim/election/election.ts';
import { factsOf } from '../../sim/election/facts.ts';
import { instant } from '../../time.ts';
import type { Lab } from '../lab.ts';

export function exactLab(whole: Case): Lab & Required<Pick<Lab, 'play'>> {
  let end = instant(0);
  return {
    backend: 'sim',
    clock: { now: () => end, runUntil: () => Promise.resolve(false) },
    play: (judge) => {
      judge(factsOf(whole), (listener) => {
        end = instant(runElection(whole, listener).simulated);
      });
      return end;
    },
    up: () => Promise.resolve(),
    inject: () => {
      throw new Error('the faults of a simulated election are part of its case');
    },
    heal: () => Promise.resolve(),
    down: () => Promise.resolve(),
    environment: () => ({ world: 'exact simulator', profile: whole.profile }),
    engines: () => ({}),
  };
}
