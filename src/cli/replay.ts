/** `halab run --backend sim` of a scenario with `simulation:`: the exact simulator, judged by the invariants. */

import type { Metrics } from '../assert/metrics.ts';
import type { Counts } from '../assert/protocol/coverage.ts';
import type { Invariant, Violation } from '../assert/protocol/monitor.ts';
import { chosenInvariants } from '../assert/protocol/watch.ts';
import { type Verdict, words } from '../assert/verdict.ts';
import type { SourceIssue } from '../errors.ts';
import { caseOfScenario } from '../explore/case-of-scenario.ts';
import { judgeCase } from '../explore/judge.ts';
import { blankResult, type ScenarioResult } from '../run/result.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { Simulation } from '../scenario/simulation.ts';
import { factsOf } from '../sim/election/facts.ts';
import { formatMicros, instant, micros } from '../time.ts';

/** Times of a lab; the exact simulator judges instead of measuring. */
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

export function replay(
  scenario: Scenario,
  simulation: Simulation,
  warnings: readonly SourceIssue[],
  reproduce: string,
): ScenarioResult {
  const began = performance.now();
  const blank = blankResult(scenario, reproduce);
  const base = { ...blank, skipped: skippedOf(scenario), warnings };
  const reading = caseOfScenario(scenario, simulation);
  const took = (): ScenarioResult['wall'] => micros((performance.now() - began) * 1000);
  if (reading.problems !== undefined) {
    const reason = `the exact simulator cannot replay it: ${reading.problems.join('; ')}`;
    return { ...base, status: 'skipped', reason, wall: took() };
  }
  const { violations, known, result, coverage } = judgeCase(reading.case, simulation.invariants);
  const invariants = chosenInvariants(factsOf(reading.case), simulation.invariants);
  const verdicts = [
    ...verdictsOf(scenario, simulation, invariants, [...violations, ...known]),
    ...shownOf(scenario, simulation, coverage),
  ];
  const ok = verdicts.every((verdict) => verdict.ok);
  const repeat = {
    index: 1,
    status: ok ? 'passed' : 'failed',
    metrics: NOTHING_MEASURED,
    verdicts: [],
    failovers: [],
    faults: [],
    noise: undefined,
  } as const;
  return {
    ...base,
    status: ok ? 'passed' : 'failed',
    verdicts,
    repeats: [repeat],
    wall: took(),
    elapsed: result.simulated,
  };
}

/** What is expected of a real lab is not looked at here. */
function skippedOf({ invariants, steps, expect }: Scenario): ScenarioResult['skipped'] {
  const reason = 'the exact simulator judges its own invariants';
  const one =
    (step: string | undefined) =>
    ({ text, where }: (typeof expect)[number]) => ({
      text,
      where,
      step,
      reason,
    });
  return [
    ...invariants.map(one(undefined)),
    ...steps.flatMap((step) => step.expect.map(one(step.name))),
    ...expect.map(one(undefined)),
  ];
}

/** One for each invariant, or a single one where a violation is what is wanted. */
function verdictsOf(
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
        : `as is known: ${told(first)}`;
    return [verdict(`simulation: ${ids} is violated`, first !== undefined, because)];
  }
  return invariants.map(({ id, title }) => {
    const found = violations.find(({ invariant }) => invariant === id);
    const because = found === undefined ? `${id} holds: ${title}` : told(found);
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
    measured: words(because),
    bound: words(bound),
    because,
    evidence: [],
  };
}

/** What the scenario is there to show must have come about. */
function shownOf(scenario: Scenario, { shows }: Simulation, counts: Counts): Verdict[] {
  return shows.map((name) => {
    const count = counts[name as keyof Counts];
    const because = count > 0 ? `${name} came about` : `${name} never came about`;
    return verdictOf(scenario, `simulation: shows ${name}`, count > 0, because, 'once or more');
  });
}

function told({ invariant, at, because }: Violation): string {
  return `${invariant} at ${formatMicros(micros(instant(at)))}: ${because}`;
}
