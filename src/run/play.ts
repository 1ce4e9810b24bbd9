/** A scenario that its lab plays as a whole (`Lab.play`): judged by the invariants of VRRP, not by its expectations. */
import type { Metrics } from '../assert/metrics.ts';
import type { Counts } from '../assert/protocol/coverage.ts';
import { type JudgedElection, judgeElection } from '../assert/protocol/judge.ts';
import type { Invariant, Violation } from '../assert/protocol/monitor.ts';
import { chosenInvariants } from '../assert/protocol/watch.ts';
import { text, type Verdict } from '../assert/verdict.ts';
import type { Lab } from '../lab/lab.ts';
import type { ElectionFacts } from '../observe/election.ts';
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

/** What the play decides of a result. */
export type Played = Pick<
  ScenarioResult,
  'status' | 'reason' | 'verdicts' | 'repeats' | 'skipped' | 'elapsed'
>;

export function playScenario(
  scenario: Scenario,
  simulation: Simulation,
  play: NonNullable<Lab['play']>,
): Played {
  const { invariants } = simulation;
  let verdicts: Verdict[] = [];
  const end = play((facts, run) => {
    const judged = judgeElection(facts, invariants, run);
    verdicts = verdictsOf(scenario, simulation, facts, judged);
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

function verdictsOf(
  scenario: Scenario,
  simulation: Simulation,
  facts: ElectionFacts,
  { violations, known, coverage }: JudgedElection,
): Verdict[] {
  const invariants = chosenInvariants(facts, simulation.invariants);
  return [
    ...invariantVerdicts(scenario, simulation, invariants, [...violations, ...known]),
    ...shownVerdicts(scenario, simulation, coverage),
  ];
}

/** One verdict for each invariant, or a single one where the scenario expects a violation. */
function invariantVerdicts(
  scenario: Scenario,
  { outcome }: Simulation,
  invariants: readonly Invariant[],
  violations: readonly Violation[],
): Verdict[] {
  const bound = outcome === 'violated' ? 'violated' : 'holds';
  const verdict = (assertion: string, ok: boolean, because: string): Verdict =>
    verdictOf(scenario, assertion, ok, because, bound);
  const [first] = violations;
  if (outcome === 'violated') {
    const ids = invariants.map(({ id }) => id).join(', ');
    const because =
      first === undefined
        ? `${ids} holds, though it is known not to`
        : `as is known: ${violationText(first)}`;
    return [verdict(`simulation: ${ids} is violated`, first !== undefined, because)];
  }
  return invariants.map(({ id, title }) => {
    const found = violations.find(({ invariant }) => invariant === id);
    const because = found === undefined ? `${id} holds: ${title}` : violationText(found);
    return verdict(`simulation: ${id}`, found === undefined, because);
  });
}

function verdictOf(
  { file, steps }: Scenario,
  assertion: string,
  ok: boolean,
  because: string,
  bound: string,
): Verdict {
  return {
    assertion,
    text: assertion,
    where: steps.at(-1)?.where ?? { file, line: 1, column: 1 },
    step: undefined,
    ok,
    measured: text(because),
    bound: text(bound),
    because,
    evidence: [],
  };
}

/** What the scenario shows must have occurred at least once. */
function shownVerdicts(scenario: Scenario, { shows }: Simulation, counts: Counts): Verdict[] {
  return shows.map((name) => {
    const count = counts[name as keyof Counts];
    const because = count > 0 ? `${name} came about` : `${name} never came about`;
    return verdictOf(scenario, `simulation: shows ${name}`, count > 0, because, 'once or more');
  });
}

function violationText({ invariant, at, because }: Violation): string {
  return `${invariant} at ${formatMicros(micros(instant(at)))}: ${because}`;
}
