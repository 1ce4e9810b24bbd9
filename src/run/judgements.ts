/** The judgements of one repeat. Each keeps its witnesses, which are checked at the end. */
import { type Assertion, witnessesOf } from '../assert/assertions.ts';
import { holdersOf, routerNamed } from '../assert/grounds.ts';
import type { Grounds, Judgement, Verdict } from '../assert/verdict.ts';
import type { Window } from '../observe/ownership.ts';
import type { Timeline } from '../observe/timeline.ts';
import { agentOf } from '../observe/witness.ts';
import type { Expectation, Step } from '../scenario/scenario.ts';
import { type Instant, milliseconds, minus } from '../time.ts';
import type { Topology } from '../topology/topology.ts';
import { settle } from './status.ts';
import { ineffective, type Judged, judged } from './step-verdict.ts';

interface Open extends Judged {
  readonly grounds: readonly Grounds[];
  /** The history: evidence for earlier targets and earlier barriers. */
  readonly basis: readonly Grounds[];
}

export type Judgements = ReturnType<typeof newJudgements>;

export function newJudgements(timeline: Timeline, topology: Topology) {
  const open: Open[] = [];
  /** The evidence for all targets and barriers so far. */
  const targets: Grounds[] = [];
  const barriers: Grounds[] = [];
  const groundsOf = (assertion: Assertion, window: Window): Grounds[] => [
    { timeline, window, on: witnessesOf(assertion, topology) },
  ];
  return {
    areOk: (): boolean => open.every(({ judgement }) => judgement.ok),
    /** `zero`: origin of the times in messages. */
    verdicts: (zero: Instant): Verdict[] =>
      open.map(({ subject, judgement, grounds, basis }) => ({
        ...subject,
        ...settle(judgement, { grounds, basis, zero }),
      })),
    invariant: (expectation: Expectation, judgement: Judgement, window: Window): void => {
      const grounds = groundsOf(expectation.assertion, window);
      open.push({ ...judged(expectation, undefined, judgement), grounds, basis: targets });
    },
    barrier: (step: Step, expectation: Expectation, judgement: Judgement, window: Window): void => {
      const grounds = groundsOf(expectation.assertion, window);
      const basis = [...targets, ...barriers];
      open.push({ ...judged(expectation, step.name, judgement), grounds, basis });
      barriers.push(...grounds);
    },
    /** It needs no witness. */
    closed: (one: Judged): void => {
      open.push({ ...one, grounds: [], basis: [] });
    },
    /** `due`: the intended time of the fault. */
    ineffective: (step: Step, because: string, due: Instant, now: Instant): void => {
      const evidence = timeline
        .sorted({ from: minus(now, milliseconds(1_000)), to: now })
        .filter(({ kind }) => !kind.startsWith('probe') && kind !== 'advert')
        .slice(-8);
      const window = { from: due < now ? due : now, to: now };
      const on = topology.nodes.map(({ name }) => agentOf(name));
      const basis = [...targets, ...barriers];
      const grounds = [{ timeline, window, on }];
      open.push({ ...ineffective(step, because, evidence), grounds, basis });
    },
    /** A target was chosen by the owner or backup of this virtual router, as the kernels of its members show it. */
    chosenBy: (router: string, window: Window): void => {
      targets.push({ timeline, on: holdersOf(routerNamed(router, topology)), window });
    },
  };
}
