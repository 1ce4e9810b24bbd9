/**
 * What only the whole scenario shows: faults that miss their target, heals of nothing, metrics that
 * nobody produces, bounds that the timers cannot meet.
 */
import { type Assertion, METRIC_ASSERTIONS, subject } from '../assert/assertions.ts';
import { type Bound, evaluateBound } from '../assert/bound.ts';
import { probeOf } from '../assert/metric/outage.ts';
import { protocolTimes } from '../assert/protocol-times.ts';
import { wantedOwners } from '../assert/step/owner.ts';
import type { SourceIssue } from '../errors.ts';
import type { FaultKind } from '../fault/faults.ts';
import { formatMicros, type Micros, micros } from '../time.ts';
import type { Topology, VirtualRouter } from '../topology/topology.ts';
import type { Path, SourceSpan } from '../topology/yaml/yaml-source.ts';
import type { Expectation, Scenario, Step } from './scenario.ts';

type Locate = (path: Path) => SourceSpan;

/** Faults after which no farewell is sent: the backup must wait out its whole timer. */
const SILENT: readonly FaultKind[] = ['node.kill', 'process.kill', 'process.pause', 'link.down'];

export function checkScenario(scenario: Scenario, locate: Locate): SourceIssue[] {
  return [
    ...checkSteps(scenario, locate),
    ...checkTimes(scenario, locate),
    ...checkMetrics(scenario),
    ...checkRunBounds(scenario),
    ...checkStepBounds(scenario),
    ...checkStepOrder(scenario),
  ];
}

type Complain = (key: string, message: string, hint?: string) => void;

function checkSteps(scenario: Scenario, locate: Locate): SourceIssue[] {
  const issues: SourceIssue[] = [];
  const faults = new Set<string>();
  for (const [i, step] of scenario.steps.entries()) {
    const complain: Complain = (key, message, hint) => {
      const span = locate(['steps', i, key]);
      issues.push({ ...span, severity: 'error', message, ...(hint === undefined ? {} : { hint }) });
    };
    checkStep(step, faults, complain);
    if (faults.has(step.id)) complain('id', `an earlier fault has the id "${step.id}" already`);
    if (step.fault !== undefined) faults.add(step.id);
  }
  return issues;
}

/** `faults`: the ids of the fault steps before this one. */
function checkStep(step: Step, faults: ReadonlySet<string>, complain: Complain): void {
  const { fault, heal } = step;
  if (fault !== undefined && heal !== undefined) {
    complain('heal', 'a step either injects a fault or heals one');
  }
  if (heal !== undefined && heal !== 'all' && !faults.has(heal)) {
    const hint = 'Give the fault step an id, or write heal: all.';
    complain('heal', `no earlier fault has the id "${heal}"`, hint);
  }
}

/** Times of steps must not go backwards, nor lie before what the steps in front of them wait for. */
function checkTimes({ steps, timeout }: Scenario, locate: Locate): SourceIssue[] {
  const issues: SourceIssue[] = [];
  if (timeout === 0)
    return [
      {
        ...locate(['timeout']),
        severity: 'error',
        message: 'a repeat that has no time does nothing',
        hint: 'Leave timeout out [120s], or give it some time.',
      },
    ];
  let earliest = micros(0);
  for (const [i, { at, wait }] of steps.entries()) {
    if (at !== undefined && at < earliest)
      issues.push({
        ...locate(['steps', i, 'at']),
        severity: 'error',
        message: `at ${formatMicros(at)} is too early: the steps before it are done at ${formatMicros(earliest)} at the earliest`,
        hint: 'Steps run in order; `at` counts from the beginning of the first one.',
      });
    const before = earliest;
    earliest = micros(Math.max(earliest, at ?? 0) + (wait ?? 0));
    if (earliest > timeout && before <= timeout)
      issues.push({
        ...locate(['steps', i, wait === undefined ? 'at' : 'wait']),
        severity: 'error',
        message: `this step lasts until ${formatMicros(earliest)} at least, and a repeat may take ${formatMicros(timeout)}`,
        hint: 'Give the scenario a longer timeout, or the steps less time.',
      });
  }
  return issues;
}

/** Faults that nothing judges: whatever they do, the scenario passes. Means something of a file without mistakes. */
export function checkJudged({ steps, invariants, expect, simulation }: Scenario): SourceIssue[] {
  if (invariants.length + expect.length > 0 || simulation !== undefined) return [];
  const last = steps.findLastIndex((step) => step.expect.length > 0);
  return steps.flatMap((step, i): SourceIssue[] => {
    if (step.fault === undefined || i <= last) return [];
    return [
      {
        ...step.where,
        severity: 'warning',
        message: `nothing judges ${step.fault.kind}: no expectation follows it, and no invariant holds over it`,
        hint: 'Whatever it does, the scenario passes. Add an expect list to this step or a later one, or invariants.',
      },
    ];
  });
}

/** An expectation on a metric that nothing in the scenario can produce would pass for ever. */
function checkMetrics(scenario: Scenario): SourceIssue[] {
  const hasFault = scenario.steps.some(({ fault }) => fault !== undefined);
  const inSteps = scenario.steps.flatMap((step) => step.expect);
  return [...scenario.expect, ...inSteps].flatMap((expectation): SourceIssue[] => {
    const { assertion, where } = expectation;
    if (!METRIC_ASSERTIONS.some((kind) => kind === assertion.kind)) return [];
    const overRun = scenario.expect.includes(expectation);
    const error = (why: string): SourceIssue => {
      const message = `nothing produces ${assertion.kind}: ${why}`;
      return { ...where, severity: 'error', message };
    };
    if (overRun && !hasFault) return [error('the scenario injects no fault')];
    const step = 'fault' in assertion ? assertion.fault : undefined;
    const known = scenario.steps.some(({ id, fault }) => fault !== undefined && id === step);
    if (step !== undefined && !known) return [error(`no fault step has the id "${step}"`)];
    if (isMeasured(assertion, scenario.topology)) return [];
    const router = routerOf(scenario, expectation)?.name ?? '';
    const hint = 'Add one under probes: in the topology.';
    return [{ ...error(`no UDP probe goes to an address of "${router}"`), hint }];
  });
}

/** Whether a probe asks what the metric is measured by. */
function isMeasured(assertion: Assertion, topology: Topology): boolean {
  if (assertion.kind === 'outage') return probeOf(assertion, topology) !== undefined;
  if (assertion.kind === 'convergence')
    return probeOf({ vip: assertion.vip }, topology) !== undefined;
  return true;
}

function checkRunBounds(scenario: Scenario): SourceIssue[] {
  const silent = scenario.steps
    .flatMap(({ fault }) => fault ?? [])
    .every(({ kind }) => SILENT.includes(kind));
  return scenario.expect.flatMap((expectation): SourceIssue[] => {
    const { assertion, where } = expectation;
    const router = routerOf(scenario, expectation);
    if (router === undefined || !('p95' in assertion || 'max' in assertion)) return [];
    const bounds = assertion as { max?: Bound; p95?: Bound; p99?: Bound };
    const issues: SourceIssue[] = [];
    const tail = bounds.p95 ?? bounds.p99;
    if (tail !== undefined && scenario.repeat.count < 20) {
      issues.push({
        ...where,
        severity: 'warning',
        message: `a p95 of ${scenario.repeat.count} repeats says little`,
        hint: 'Use max, or --repeat 20 and more.',
      });
    }
    const timed = assertion.kind === 'convergence' || assertion.kind === 'detection';
    const least = leastDetection(router);
    if (
      timed &&
      silent &&
      bounds.max !== undefined &&
      evaluateBound(bounds.max, protocolTimes(router)) < least
    ) {
      issues.push(tooTight(where, bounds.max.text, router, least));
    }
    return issues;
  });
}

/** `owner ... within` after a silent fault, tighter than any timer allows. */
function checkStepBounds(scenario: Scenario): SourceIssue[] {
  const issues: SourceIssue[] = [];
  let silent = false;
  for (const step of scenario.steps) {
    if (step.fault !== undefined)
      silent = SILENT.includes(step.fault.kind) && step.fault.target.kind === 'owner';
    if (step.heal !== undefined || step.wait !== undefined) silent = false;
    for (const expectation of step.expect) {
      const { assertion, where } = expectation;
      const router = routerOf(scenario, expectation);
      if (!silent || router === undefined || assertion.kind !== 'owner') continue;
      const best = [...router.members].sort((a, b) => b.priority - a.priority)[0];
      const least = leastDetection(router);
      if (!wantedOwners(assertion).includes(best?.node ?? '') && (assertion.within ?? 0) < least) {
        issues.push(tooTight(where, formatMicros(assertion.within ?? micros(0)), router, least));
      }
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
        issues.push({
          ...where,
          severity: 'warning',
          message: `within ${formatMicros(within)} counts from the beginning of the step, and the barrier before it may take ${formatMicros(longest)}`,
          hint: `Give it ${formatMicros(longest)} or more, or leave \`within\` out if it must hold at once.`,
        });
      longest = micros(Math.max(longest, within));
    }
  }
  return issues;
}

function leastDetection(router: VirtualRouter): Micros {
  const { mdi, advert } = protocolTimes(router);
  return micros(mdi - advert);
}

function tooTight(
  where: SourceSpan,
  bound: string,
  router: VirtualRouter,
  least: Micros,
): SourceIssue {
  return {
    ...where,
    severity: 'warning',
    message: `the bound ${bound} is below what the timers of "${router.name}" allow`,
    hint: `No backup can take over sooner than ${formatMicros(least)} after a silent fault.`,
  };
}

function routerOf(scenario: Scenario, expectation: Expectation): VirtualRouter | undefined {
  const wanted = subject(expectation.assertion);
  const routers = scenario.topology.virtualRouters;
  return wanted === undefined ? routers[0] : routers.find(({ name }) => name === wanted);
}
