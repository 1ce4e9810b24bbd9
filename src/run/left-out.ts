/** A cell without the virtual routers that its engines cannot run (`unsupported: leave-out`), and what is skipped. */
import { neededRouter } from '../assert/assertions.ts';
import { definitionOf, type FaultRequest } from '../fault/faults.ts';
import { routerIn } from '../fault/selector.ts';
import type { Expectation, Scenario } from '../scenario/scenario.ts';
import type { Topology } from '../topology/topology.ts';
import type { SkippedExpectation } from './result.ts';

/** A virtual router that this cell cannot have, and why. */
export interface LeftOut {
  readonly router: string;
  readonly reason: string;
}

export interface FittedScenario {
  readonly scenario: Scenario;
  readonly skipped: readonly SkippedExpectation[];
  /** Why nothing useful is left to run; empty: it can run. */
  readonly reasons: readonly string[];
}

export function withoutRouters(whole: Scenario, left: readonly LeftOut[]): FittedScenario {
  if (left.length === 0) return { scenario: whole, skipped: [], reasons: [] };
  const reasonOf = new Map(left.map(({ router, reason }) => [router, reason]));
  const skipped: SkippedExpectation[] = [];
  const kept = (list: readonly Expectation[], step?: string): Expectation[] =>
    list.filter(({ assertion, text, where }) => {
      const reason = reasonOf.get(neededRouter(assertion, whole.topology) ?? '');
      if (reason !== undefined) skipped.push({ text, where, step, reason });
      return reason === undefined;
    });
  const invariants = kept(whole.invariants);
  const steps = whole.steps.map((step) => ({ ...step, expect: kept(step.expect, step.name) }));
  const expect = kept(whole.expect);
  const topology = without(whole.topology, new Set(reasonOf.keys()));
  return {
    scenario: { ...whole, topology, invariants, steps, expect },
    skipped,
    reasons:
      topology.virtualRouters.length === 0
        ? left.map(({ reason }) => reason)
        : whole.steps.flatMap(({ fault }) => missedTarget(fault, whole.topology, reasonOf)),
  };
}

function without(topology: Topology, gone: ReadonlySet<string>): Topology {
  const virtualRouters = topology.virtualRouters.filter(({ name }) => !gone.has(name));
  const lost = topology.virtualRouters
    .filter(({ name }) => gone.has(name))
    .flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const probes = topology.probes.filter(({ to }) => !lost.includes(to));
  return { ...topology, virtualRouters, probes };
}

/** A fault cannot be left out: the expectations after it would be meaningless. */
function missedTarget(
  fault: FaultRequest | undefined,
  topology: Topology,
  reasonOf: ReadonlyMap<string, string>,
): string[] {
  if (fault === undefined) return [];
  const concerned = definitionOf(fault.kind).concerns?.(fault, topology) ?? [];
  return [routerIn(fault.target), ...concerned].flatMap((name) => {
    const reason = reasonOf.get(name ?? '');
    return reason === undefined ? [] : [`${fault.kind} strikes at "${name}": ${reason}`];
  });
}
