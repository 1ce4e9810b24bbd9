/** One exhaustive check of a cluster: search, then settle. A report can be made at any time, finished or not. */
import type { Case } from '../../sim/election/case.ts';
import { type Micros, micros } from '../../time.ts';
import { boundsFor } from './bounds.ts';
import type { Cluster } from './cluster.ts';
import { Model, type ModelOptions } from './model.ts';
import { explore, newSearch, type Search } from './search.ts';
import { lastsOf, newQuiet, type Quiet, settle } from './settle.ts';
import { type Trace, traceOfFlaw, traceOfUnrest } from './trace.ts';
import { caseOf } from './trace-case.ts';
import { linesOf } from './trace-text.ts';

export interface Check {
  readonly model: Model;
  readonly search: Search;
  /** Undefined: not all states are known yet. */
  quiet: Quiet | undefined;
  /** All states were judged. */
  complete: boolean;
}

export interface CheckViolation {
  readonly invariant: string;
  readonly because: string;
  /** When it shows, after the start. */
  readonly at: Micros;
  readonly routers: readonly number[];
  /** The trace, a line for each tick with an event. */
  readonly steps: readonly string[];
  readonly case: Case;
}

export interface CheckReport {
  readonly ok: boolean;
  readonly complete: boolean;
  /** Distinct ones. */
  readonly states: number;
  readonly violations: readonly CheckViolation[];
  readonly coverage: CheckCoverage;
}

/** How much was reached, and how near it came to the bounds. */
export interface CheckCoverage {
  readonly transitions: number;
  /** Ticks from the start to the last new state. */
  readonly depth: number;
  /** Ticks of one router that the engine ran. */
  readonly engineRuns: number;
  /** Distinct states of one router. */
  readonly routerStates: readonly number[];
  /** States that differ not only in their budgets. */
  readonly quietStates: number;
  /** Of them, by the number of Active routers. */
  readonly byActives: readonly number[];
  /** Ticks until stable for good, at worst, and what is allowed (null: nothing is promised). */
  readonly stableAfter: number;
  readonly stableAllowed: number | null;
  /** Ticks two routers that hear each other are both Active, at worst. */
  readonly dualMost: number;
  readonly megabytes: number;
}

export function newCheck(cluster: Cluster, options: ModelOptions = {}): Check {
  const model = new Model(cluster, options);
  return { model, search: newSearch(model), quiet: undefined, complete: false };
}

/** Yields after every batch, so that the caller may stop; ends early if there are more than `most` states. */
export function* runCheck(check: Check, most: number): Generator<void> {
  const { model, search } = check;
  yield* explore(model, search, most);
  if (!search.complete) return;
  check.quiet = yield* newQuiet(model, search);
  yield* settle(model, check.quiet);
  check.complete = true;
}

export function reportOf(check: Check): CheckReport {
  const violations = violationsOf(check);
  const { complete, search } = check;
  return {
    ok: complete && violations.length === 0,
    complete,
    states: search.states.count,
    violations,
    coverage: coverageOf(check),
  };
}

function violationsOf({ model, search, quiet }: Check): CheckViolation[] {
  const violation = (
    { invariant, because }: { readonly invariant: string; readonly because: string },
    routers: readonly number[],
    trace: Trace,
  ): CheckViolation => ({
    invariant,
    because,
    at: micros(((trace.steps.at(-1)?.tick ?? 0) + 1) * model.cluster.spec.tick),
    routers,
    steps: linesOf(model.cluster, trace),
    case: caseOf(model.cluster, trace),
  });
  const ofRouters = search.flaws.map((flaw) =>
    violation(flaw, [flaw.router], traceOfFlaw(model, search, flaw)),
  );
  const ofCluster = (quiet?.flaws ?? []).map((flaw) =>
    violation(flaw, flaw.routers, traceOfUnrest(model, search, { quiet: quiet as Quiet, flaw })),
  );
  return [...ofRouters, ...ofCluster];
}

function coverageOf({ model, search, quiet }: Check): CheckCoverage {
  const byActives = model.nodes.map(() => 0).concat(0);
  let stableAfter = 0;
  let dualMost = 0;
  for (let state = 0; quiet !== undefined && state < quiet.states.count; state++) {
    const actives = bits(model.active(quiet.states.rows, state * model.width));
    byActives[actives] = (byActives[actives] ?? 0) + 1;
    stableAfter = Math.max(stableAfter, lastsOf(quiet, state, 0));
    for (let measure = 1; measure < quiet.measures; measure++)
      dualMost = Math.max(dualMost, lastsOf(quiet, state, measure));
  }
  return {
    transitions: search.transitions,
    depth: search.depth,
    engineRuns: model.nodes.reduce((sum, { engine }) => sum + engine.runs, 0),
    routerStates: model.nodes.map(({ engine }) => engine.states.count),
    quietStates: quiet?.states.count ?? 0,
    byActives,
    stableAfter,
    stableAllowed: boundsFor(model.cluster).stable ?? null,
    dualMost,
    megabytes: Math.round((search.states.bytes() + search.before.byteLength) / 1e6),
  };
}

function bits(mask: number): number {
  let count = 0;
  for (let left = mask; left !== 0; left >>= 1) count += left & 1;
  return count;
}
