/** A scenario that its lab plays as a whole (`Lab.play`): judged by the invariants of VRRP, not by its expectations. */
import type { Metrics } from '../assert/metrics.ts';
import type { Counts } from '../assert/protocol/coverage.ts';
import { type JudgedElection, judgeElection } from '../assert/protocol/judge.ts';
import type { Invariant, Violation } from '../assert/protocol/monitor.ts';
import { chosenInvariants } from '../assert/protocol/watch.ts';
import { text, type Verdict } from '../assert/verdict.ts';
import type { Lab } from '../lab/lab.ts';
import type { Expectation, Scenario } from '../scenario/scenario.ts';
import type { Simulation } from '../scenario/simulation.ts';
import { formatMicros, instant, micros } from '../time.ts';
import type { ScenarioResult } from './result.ts';
import { statusOf } from './status.ts';

/** The exact simulator judges an election and measures nothing. */
const NOTHING_MEASURED: Metrics = {
  detection: undefined,
  takeover: undefined,
  announcement: undefined,
  outage: undefined,
  convergence: undefined,
  overhead: undefined,
  dualMaster: undefined,
  garp: undefined,
};

/** The part of a result that the play decides. */
export type Played = Pick<
  ScenarioResult,
  'status' | 'reason' | 'verdicts' | 'repeats' | 'skipped' | 'elapsed'
>;

/** What the play shows, or does not. */
type Claim = Pick<Verdict, 'assertion' | 'ok' | 'because'> & { readonly bound: string };

export function playScenario(
  scenario: Scenario,
  simulation: Simulation,
  play: NonNullable<Lab['play']>,
): Played {
  const { invariants: ids } = simulation;
  const where = scenario.steps.at(-1)?.where ?? { file: scenario.file, line: 1, column: 1 };
  let verdicts: Verdict[] = [];
  const end = play((facts, run) => {
    const judged = judgeElection(facts, ids, run);
    verdicts = claimsOf(simulation, chosenInvariants(facts, ids), judged).map(
      ({ assertion, ok, because, bound }) => ({
        assertion,
        text: assertion,
        where,
        step: undefined,
        ok,
        measured: text(because),
        bound: text(bound),
        because,
        evidence: [],
      }),
    );
  });
  const status = statusOf(verdicts);
  const nothing = { metrics: NOTHING_MEASURED, verdicts: [], failovers: [], faults: [] };
  const repeats = [{ index: 1, status, ...nothing, noise: undefined }];
  const skipped = skippedOf(scenario);
  return { status, reason: undefined, verdicts, repeats, skipped, elapsed: micros(end) };
}

/** Expectations need a lab that measures. */
function skippedOf({ invariants, steps, expect }: Scenario): ScenarioResult['skipped'] {
  const reason = 'the exact simulator judges its own invariants';
  const skipped =
    (step: string | undefined) =>
    ({ text, where }: Expectation) => ({ text, where, step, reason });
  return [
    ...invariants.map(skipped(undefined)),
    ...steps.flatMap((step) => step.expect.map(skipped(step.name))),
    ...expect.map(skipped(undefined)),
  ];
}

/** One for each invariant, or a single one where the scenario expects a violation, and one for what it shows. */
function claimsOf(
  { outcome, shows }: Simulation,
  invariants: readonly Invariant[],
  { violations, known, coverage }: JudgedElection,
): Claim[] {
  const all = [...violations, ...known];
  const shown = shows.map((name): Claim => {
    const ok = coverage[name as keyof Counts] > 0;
    const because = ok ? `${name} came about` : `${name} never came about`;
    return { assertion: `simulation: shows ${name}`, ok, because, bound: 'once or more' };
  });
  if (outcome === 'violated') {
    const ids = invariants.map(({ id }) => id).join(', ');
    const [first] = all;
    const because =
      first === undefined
        ? `${ids} holds, though it is known not to`
        : `as is known: ${violationText(first)}`;
    const assertion = `simulation: ${ids} is violated`;
    return [{ assertion, ok: first !== undefined, because, bound: 'violated' }, ...shown];
  }
  const held = invariants.map(({ id, title }): Claim => {
    const found = all.find(({ invariant }) => invariant === id);
    const because = found === undefined ? `${id} holds: ${title}` : violationText(found);
    return { assertion: `simulation: ${id}`, ok: found === undefined, because, bound: 'holds' };
  });
  return [...held, ...shown];
}

function violationText({ invariant, at, because }: Violation): string {
  return `${invariant} at ${formatMicros(micros(instant(at)))}: ${because}`;
}
