/** Reconstructs a trace from the search: each tick, and what every router did in it. */
import type { VrrpStateName } from '../../engine/vrrp/io.ts';
import { invariant } from '../../errors.ts';
import type { Model } from './model.ts';
import type { Flaw, Search } from './search.ts';
import { lastsOf, type Quiet, type Unrest } from './settle.ts';
import type { Deed } from './ways.ts';

export interface RouterStep {
  readonly router: number;
  /** INIT: its process does not run. */
  readonly from: VrrpStateName;
  readonly to: VrrpStateName;
  readonly deeds: readonly Deed[];
  /** Adverts sent, resignations included. */
  readonly sent: number;
}

export interface Step {
  /** Ticks since the start. */
  readonly tick: number;
  readonly routers: readonly RouterStep[];
}

export interface Trace {
  readonly steps: readonly Step[];
  /** Index of the step that a cycle goes back to; undefined: no cycle. */
  readonly loopsTo: number | undefined;
}

/** The trace to a broken rule about one router; its last step breaks the rule. */
export function traceOfFlaw(model: Model, search: Search, flaw: Flaw): Trace {
  const path = pathTo(search, flaw.from);
  const steps = stepsAlong(model, rowsOf(model, search, path));
  const last = flaw.from === -1 ? undefined : stateAt(model, search.states.rows, flaw.from);
  steps.push(stepTaken(model, last, flaw.taken, steps.length));
  return { steps, loopsTo: undefined };
}

/** The trace to a state from which a condition lasts too long, and on while it lasts, or once round a cycle. */
export function traceOfUnrest(
  model: Model,
  search: Search,
  { quiet, flaw }: { quiet: Quiet; flaw: Unrest },
): Trace {
  const { shown, from } = flaw;
  const onward =
    shown.kind === 'cycle'
      ? shortestCycle(model, search, quiet)
      : longest(model, quiet, from, shown.measure);
  const origin = quiet.origin[onward[0] ?? from] ?? 0;
  const before = stepsAlong(model, rowsOf(model, search, pathTo(search, origin)));
  const rows = onward.map((state) => stateAt(model, quiet.states.rows, state));
  const after = rows.slice(1).map((row, i) => {
    const last = rows[i] as Int32Array;
    return stepTaken(model, last, takenBetween(model, last, row), before.length + i);
  });
  const loopsTo = shown.kind === 'cycle' ? before.length : undefined;
  return { steps: [...before, ...after], loopsTo };
}

/** Of the known cycles, the one with the shortest trace, the way to it included. */
function shortestCycle(model: Model, search: Search, quiet: Quiet): number[] {
  const lengthOf = ([first = 0, ...rest]: number[]): number =>
    pathTo(search, quiet.origin[first] ?? 0).length + rest.length;
  return quiet.restless
    .map(([from, to]) => [from, to, ...pathWithin(model, quiet, to, from)])
    .reduce((best, cycle) => (lengthOf(cycle) < lengthOf(best) ? cycle : best));
}

/** Indexes of the states from the first one to this. */
function pathTo(search: Search, state: number): number[] {
  const path: number[] = [];
  for (let at = state; at >= 0; at = search.before[at] ?? -1) path.push(at);
  return path.reverse();
}

function rowsOf(model: Model, { states }: Search, path: readonly number[]): Int32Array[] {
  return path.map((state) => stateAt(model, states.rows, state));
}

function stateAt({ width }: Model, rows: Int32Array, state: number): Int32Array {
  return rows.slice(state * width, (state + 1) * width);
}

export function stepsAlong(model: Model, rows: readonly Int32Array[]): Step[] {
  return rows.map((row, i) => {
    const from = rows[i - 1];
    return stepTaken(model, from, takenBetween(model, from, row), i);
  });
}

/** The outcomes that lead from one state to the other; undefined: from nothing, the first tick. */
function takenBetween(model: Model, from: Int32Array | undefined, to: Int32Array): Int32Array {
  let taken: Int32Array | undefined;
  const found = (): void => {
    if (model.next.every((word, i) => word === to[i])) taken ??= model.taken.slice();
  };
  if (from === undefined) model.begin(found);
  else model.expand(from, 0, found);
  invariant(taken !== undefined, 'the search came from there');
  return taken;
}

function stepTaken(
  model: Model,
  from: Int32Array | undefined,
  taken: Int32Array,
  tick: number,
): Step {
  const routers = model.nodes.map((node, router): RouterStep => {
    const word = from?.[router] ?? 0;
    const found = from === undefined ? node.startOf() : node.wayTo(word, taken[router] ?? -1);
    invariant(found !== undefined, 'the outcome came from candidate of the ways');
    const { way, ran } = found;
    return {
      router,
      from: node.engine.nameOf(word & 0xffff),
      to: node.engine.nameOf(ran.state),
      deeds: way.deeds,
      sent: ran.count,
    };
  });
  return { tick, routers };
}

/** A shortest way back, without the state it begins with. */
function pathWithin(model: Model, quiet: Quiet, from: number, to: number): number[] {
  const before = new Map<number, number>([[from, -1]]);
  const queue = [from];
  for (const state of queue) {
    if (state === to) break;
    for (const next of successors(model, quiet, state)) {
      if (before.has(next) || quiet.component[next] !== quiet.component[to]) continue;
      before.set(next, state);
      queue.push(next);
    }
  }
  const path: number[] = [];
  for (let at = to; at !== from; at = before.get(at) ?? from) path.push(at);
  return path.reverse();
}

/** A way on which the measure lasts longest; an endless one is cut off. */
function longest(model: Model, quiet: Quiet, from: number, measure: number): number[] {
  const path = [from];
  const seen = new Set(path);
  for (let state = from; lastsOf(quiet, state, measure) > 0; ) {
    const next = successors(model, quiet, state).reduce((best, candidate) =>
      lastsOf(quiet, candidate, measure) > lastsOf(quiet, best, measure) ? candidate : best,
    );
    path.push(next);
    if (seen.has(next)) break;
    seen.add(next);
    state = next;
  }
  return path;
}

function successors(model: Model, { states }: Quiet, state: number): number[] {
  const found: number[] = [];
  model.expand(states.rows, state * model.width, () => found.push(states.find(model.next)));
  return found;
}
