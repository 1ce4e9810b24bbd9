/** Checks of the whole scenario: faults that miss their target, heals without a fault, times that go backwards. */
import { errorAt, type SourceIssue, warningAt } from '../errors.ts';
import { formatMicros, micros } from '../time.ts';
import type { Path, SourceSpan } from '../topology/yaml/yaml-source.ts';
import { checkExpectations } from './expectation-check.ts';
import type { Scenario } from './scenario.ts';

type Locate = (path: Path) => SourceSpan;

export function checkScenario(scenario: Scenario, locate: Locate): SourceIssue[] {
  return [
    ...checkSteps(scenario, locate),
    ...checkTimes(scenario, locate),
    ...checkExpectations(scenario),
  ];
}

function checkSteps({ steps }: Scenario, locate: Locate): SourceIssue[] {
  const issues: SourceIssue[] = [];
  const faults = new Set<string>();
  for (const [i, { id, fault, heal }] of steps.entries()) {
    const complain = (key: string, message: string, hint?: string): unknown =>
      issues.push(errorAt(locate(['steps', i, key]), message, hint));
    if (fault !== undefined && heal !== undefined)
      complain('heal', 'a step either injects a fault or heals one');
    if (heal !== undefined && heal !== 'all' && !faults.has(heal)) {
      const hint = 'Give the fault step an id, or write heal: all.';
      complain('heal', `no earlier fault has the id "${heal}"`, hint);
    }
    if (faults.has(id)) complain('id', `an earlier fault has the id "${id}" already`);
    if (fault !== undefined) faults.add(id);
  }
  return issues;
}

/** Times of steps must not decrease, and not precede the waits of earlier steps. */
function checkTimes({ steps, timeout }: Scenario, locate: Locate): SourceIssue[] {
  const issues: SourceIssue[] = [];
  const error = (path: Path, message: string, hint: string): unknown =>
    issues.push(errorAt(locate(path), message, hint));
  if (timeout === 0) {
    const hint = 'Leave timeout out [120s], or give it some time.';
    error(['timeout'], 'a repeat that has no time does nothing', hint);
    return issues;
  }
  let earliest = micros(0);
  for (const [i, { at, wait }] of steps.entries()) {
    if (at !== undefined && at < earliest)
      error(
        ['steps', i, 'at'],
        `at ${formatMicros(at)} is too early: the steps before it are done at ${formatMicros(earliest)} at the earliest`,
        'Steps run in order; `at` counts from the beginning of the first one.',
      );
    const before = earliest;
    earliest = micros(Math.max(earliest, at ?? 0) + (wait ?? 0));
    if (earliest > timeout && before <= timeout)
      error(
        ['steps', i, wait === undefined ? 'at' : 'wait'],
        `this step lasts until ${formatMicros(earliest)} at least, and a repeat may take ${formatMicros(timeout)}`,
        'Give the scenario a longer timeout, or the steps less time.',
      );
  }
  return issues;
}

/** Faults that nothing judges: the scenario passes in any case. Valid only for a file without errors. */
export function checkJudged({ steps, invariants, expect, simulation }: Scenario): SourceIssue[] {
  if (invariants.length + expect.length > 0 || simulation !== undefined) return [];
  const last = steps.findLastIndex((step) => step.expect.length > 0);
  return steps.flatMap((step, i): SourceIssue[] => {
    if (step.fault === undefined || i <= last) return [];
    return [
      warningAt(
        step.where,
        `nothing judges ${step.fault.kind}: no expectation follows it, and no invariant holds over it`,
        'Whatever it does, the scenario passes. Add an expect list to this step or a later one, or invariants.',
      ),
    ];
  });
}
