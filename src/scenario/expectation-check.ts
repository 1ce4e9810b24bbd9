/** Expectations that contradict the rest of the scenario: metrics that nothing produces, bounds that timers cannot meet. */
import { routerOf, sliceOf } from '../assert/assertions.ts';
import { protocolTimes } from '../assert/protocol-times.ts';
import { errorAt, type SourceIssue, warningAt } from '../errors.ts';
import { definitionOf } from '../fault/faults.ts';
import { formatMicros, micros } from '../time.ts';
import type { Expectation, Scenario } from './scenario.ts';

export function checkExpectations(scenario: Scenario): SourceIssue[] {
  return [
    ...checkMetrics(scenario),
    ...checkRunBounds(scenario),
    ...checkStepBounds(scenario),
    ...checkStepOrder(scenario),
  ];
}

/** An expectation on a metric that the scenario cannot produce would always pass. */
function checkMetrics(scenario: Scenario): SourceIssue[] {
  const { topology } = scenario;
  const hasFault = scenario.steps.some(({ fault }) => fault !== undefined);
  const inSteps = scenario.steps.flatMap((step) => step.expect);
  return [...scenario.expect, ...inSteps].flatMap((expectation): SourceIssue[] => {
    const { assertion, where } = expectation;
    const { metric } = sliceOf(assertion);
    if (metric === undefined) return [];
    const error = (why: string, hint?: string): SourceIssue =>
      errorAt(where, `nothing produces ${assertion.kind}: ${why}`, hint);
    if (!hasFault && scenario.expect.includes(expectation))
      return [error('the scenario injects no fault')];
    const step = 'fault' in assertion ? assertion.fault : undefined;
    const known = scenario.steps.some(({ id, fault }) => fault !== undefined && id === step);
    if (step !== undefined && !known) return [error(`no fault step has the id "${step}"`)];
    const router = routerOf(assertion, topology);
    if (router === undefined || metric.isMeasured?.(assertion, topology, router) !== false)
      return [];
    const hint = 'Add one under probes: in the topology.';
    return [error(`no UDP probe goes to an address of "${router.name}"`, hint)];
  });
}

function checkRunBounds(scenario: Scenario): SourceIssue[] {
  const silent = scenario.steps
    .flatMap(({ fault }) => fault ?? [])
    .every(({ kind }) => definitionOf(kind).silent === true);
  const { count } = scenario.repeat;
  const hint = 'Use max, or --repeat 20 and more.';
  return scenario.expect.flatMap((expectation) => [
    ...(hasTail(expectation.assertion) && count < 20
      ? [warningAt(expectation.where, `a p95 of ${count} repeats says little`, hint)]
      : []),
    ...(silent ? tooTight(expectation, scenario) : []),
  ]);
}

function hasTail(assertion: Expectation['assertion']): boolean {
  const { max, p95, p99 } = assertion as { max?: unknown; p95?: unknown; p99?: unknown };
  return p95 !== undefined || (p99 !== undefined && max !== undefined);
}

/** The first barrier for a new owner after a silent fault must leave the timers their time. */
function checkStepBounds(scenario: Scenario): SourceIssue[] {
  const issues: SourceIssue[] = [];
  let silent = false;
  for (const step of scenario.steps) {
    if (step.fault !== undefined)
      silent = definitionOf(step.fault.kind).silent === true && step.fault.target.kind === 'owner';
    if (step.heal !== undefined || step.wait !== undefined) silent = false;
    for (const expectation of step.expect) {
      if (!silent || sliceOf(expectation.assertion).takeoverWithin === undefined) continue;
      issues.push(...tooTight(expectation, scenario));
      silent = false;
    }
  }
  return issues;
}

/** `within` shorter than that of a barrier before it: no time of its own may be left. */
function checkStepOrder(scenario: Scenario): SourceIssue[] {
  const issues: SourceIssue[] = [];
  for (const step of scenario.steps) {
    let longest = micros(0);
    for (const { assertion, where } of step.expect) {
      const within = ('within' in assertion ? assertion.within : undefined) ?? micros(0);
      if (within > 0 && within < longest)
        issues.push(
          warningAt(
            where,
            `within ${formatMicros(within)} counts from the beginning of the step, and the barrier before it may take ${formatMicros(longest)}`,
            `Give it ${formatMicros(longest)} or more, or leave \`within\` out if it must hold at once.`,
          ),
        );
      longest = micros(Math.max(longest, within));
    }
  }
  return issues;
}

/** A bound below the shortest time in which a backup can notice a silent fault. */
function tooTight({ assertion, where }: Expectation, { topology }: Scenario): SourceIssue[] {
  const router = routerOf(assertion, topology);
  if (router === undefined) return [];
  const { mdi, advert } = protocolTimes(router);
  const least = micros(mdi - advert);
  const bound = sliceOf(assertion).takeoverWithin?.(assertion, router);
  if (bound === undefined || bound.length >= least) return [];
  const message = `the bound ${bound.text} is below what the timers of "${router.name}" allow`;
  const hint = `No backup can take over sooner than ${formatMicros(least)} after a silent fault.`;
  return [warningAt(where, message, hint)];
}
