/**
 * How every state develops without further faults: the graph of the transitions without faults, its strongly connected
 * components, and, backwards from its ends, how long each condition lasts.
 *
 *   S4, L1  from every state the set of Active routers is stable for good within the bound
 *   S6      two routers that hear each other are both Active no longer than the winner's advert takes
 *   T4      no cycle in which an Active comes or goes: it need not end (the duelling backups of RFC 5798)
 *
 * Budgets do not matter to transitions without faults: states that differ only in them are one state here.
 */
import { type Bounds, boundsFor, type Pair } from './bounds.ts';
import { components } from './components.ts';
import type { Model } from './model.ts';
import { CHANGED } from './node.ts';
import { RowStore } from './row-store.ts';
import type { Finding } from './rules.ts';
import type { Search } from './search.ts';

/** The condition need not end. */
export const ENDLESS = 0xffff;

/** Enough to find a short one among them. */
const MOST_CYCLES = 16;

/** An invariant that is broken from a state on. */
export interface Unrest extends Finding {
  readonly routers: readonly number[];
  /** Index in `Quiet.states`. */
  readonly from: number;
  /** The trace that shows it: one of the restless cycles, or the way on which `measure` lasts longest. */
  readonly shown:
    | { readonly kind: 'cycle' }
    | { readonly kind: 'longest'; readonly measure: number };
}

export interface Quiet {
  readonly states: RowStore;
  /** By state: one of the search that differs in its budgets alone, the first that was reached. */
  readonly origin: Int32Array;
  readonly component: Int32Array;
  /** By state and measure: ticks it lasts at most. 0: until it is stable for good; 1 and on: that pair is Active. */
  readonly lasts: Uint16Array;
  readonly measures: number;
  /** The first of each invariant. */
  readonly flaws: Unrest[];
  /** Of those that lie on a cycle, some transitions with which an Active comes or goes. */
  readonly restless: [from: number, to: number][];
}

/** Ticks that `measure` lasts at most from this state. */
export function lastsOf({ lasts, measures }: Quiet, state: number, measure: number): number {
  return lasts[state * measures + measure] as number;
}

const BATCH = 100_000;

/** All states of the search without their budgets; yields after every batch. */
export function* newQuiet(model: Model, search: Search): Generator<void, Quiet> {
  const { states } = search;
  const quiet = new RowStore(model.width, 1 << 12);
  const origin = new Int32Array(states.count);
  const row = new Int32Array(model.width);
  for (let i = 0; i < states.count; i++) {
    model.quiet(states.rows, i * model.width, row);
    const { count } = quiet;
    if (quiet.add(row) === count) origin[count] = i;
    if (i % BATCH === 0) yield;
  }
  const measures = 1 + boundsFor(model.cluster).pairs.length;
  return {
    states: quiet,
    origin: origin.slice(0, quiet.count),
    component: new Int32Array(quiet.count).fill(-1),
    lasts: new Uint16Array(quiet.count * measures),
    measures,
    flaws: [],
    restless: [],
  };
}

/** Fills in all of `quiet`; yields after every batch. */
export function* settle(model: Model, quiet: Quiet): Generator<void> {
  const { states, component } = quiet;
  const measuring = new Measuring(model, quiet);
  const graph = {
    count: states.count,
    successors: (state: number, push: (edge: number) => void): void =>
      model.expand(states.rows, state * model.width, (flags) =>
        push(states.find(model.next) * 2 + ((flags & CHANGED) === 0 ? 0 : 1)),
      ),
  };
  yield* components(graph, component, {
    leave: (state, edges, first) => measuring.leave(state, edges, first),
    close: (members, cyclic) => {
      if (cyclic) measuring.close(members);
    },
  });
  for (let state = 0; state < states.count; state++) measuring.judge(state);
}

class Measuring {
  private readonly model: Model;
  private readonly quiet: Quiet;
  private readonly bounds: Bounds;

  constructor(model: Model, quiet: Quiet) {
    this.model = model;
    this.quiet = quiet;
    this.bounds = boundsFor(model.cluster);
  }

  /** Measures a state by its successors, which are known except those in its own component. */
  leave(state: number, edges: readonly number[], first: number): void {
    const { quiet, bounds } = this;
    const active = this.activeIn(state);
    if (this.whyUnstable(state) !== undefined) this.raise(state, 0, 1);
    for (const [i, pair] of bounds.pairs.entries())
      if (isDual(pair, active)) this.raise(state, i + 1, 1);
    for (let k = first; k < edges.length; k++) {
      const edge = edges[k] as number;
      const next = edge >> 1;
      if (quiet.component[next] !== -1) this.carry(state, next, active);
      else if ((edge & 1) === 1) this.reportCycle(state, next);
    }
  }

  /** The cluster can stay in this component forever. */
  close(members: readonly number[]): void {
    const { quiet, bounds } = this;
    const restless = members.some((state) => lastsOf(quiet, state, 0) > 0);
    const dual = bounds.pairs.map((pair) =>
      members.every((state) => isDual(pair, this.activeIn(state))),
    );
    for (const state of members) {
      if (restless) this.raise(state, 0, ENDLESS);
      for (const [i, always] of dual.entries()) if (always) this.raise(state, i + 1, ENDLESS);
    }
  }

  judge(state: number): void {
    const { quiet, bounds } = this;
    if (lastsOf(quiet, state, 0) > (bounds.stable ?? ENDLESS - 1)) this.reportUnstable(state);
    for (const [i, pair] of bounds.pairs.entries())
      this.judgePair(pair, { state, measure: i + 1, allowed: pair.most });
  }

  private carry(state: number, next: number, active: number): void {
    const { quiet, bounds } = this;
    const unsettled = lastsOf(quiet, next, 0);
    if (unsettled > 0) this.raise(state, 0, unsettled + 1);
    for (const [i, pair] of bounds.pairs.entries()) {
      const measure = i + 1;
      if (isDual(pair, active)) this.raise(state, measure, lastsOf(quiet, next, measure) + 1);
      else {
        const lowerIsSecond = ((active >> pair.higher) & 1) === 1;
        const allowed = lowerIsSecond ? pair.lowerSecond : pair.higherSecond;
        this.judgePair(pair, { state: next, measure, allowed });
      }
    }
  }

  private reportUnstable(state: number): void {
    const { stable = 'any that end' } = this.bounds;
    const why = this.whyUnstable(state);
    const ticks = lasting(lastsOf(this.quiet, state, 0));
    const because = `not stable for good ${ticks} after the last fault; allowed are ${stable}${why === undefined ? '' : `; ${why}`}`;
    const shown = { kind: 'longest' as const, measure: 0 };
    this.report({ invariant: 'S4', because, routers: [], from: state, shown });
  }

  private judgePair(
    { higher, lower }: Pair,
    { state, measure, allowed }: { state: number; measure: number; allowed: number },
  ): void {
    const ticks = lastsOf(this.quiet, state, measure);
    if (ticks <= allowed) return;
    const because = `r${higher + 1} and r${lower + 1} are both Active for ${lasting(ticks)}; allowed are ${allowed} ticks`;
    this.report({
      invariant: 'S6',
      because,
      routers: [higher, lower],
      from: state,
      shown: { kind: 'longest', measure },
    });
  }

  private reportCycle(state: number, to: number): void {
    const { restless, origin, flaws } = this.quiet;
    const because = 'Active routers come and go in a circle, though nothing goes wrong any more';
    const shown = { kind: 'cycle' as const };
    if (restless.length === 0)
      flaws.push({ invariant: 'T4', because, routers: [], from: state, shown });
    restless.push([state, to]);
    if (restless.length < 2 * MOST_CYCLES) return;
    restless.sort(([a], [b]) => (origin[a] as number) - (origin[b] as number));
    restless.length = MOST_CYCLES;
  }

  private report(flaw: Unrest): void {
    const { flaws } = this.quiet;
    if (!flaws.some(({ invariant }) => invariant === flaw.invariant)) flaws.push(flaw);
  }

  private raise(state: number, measure: number, ticks: number): void {
    const { lasts, measures } = this.quiet;
    const at = state * measures + measure;
    if ((lasts[at] as number) < ticks) lasts[at] = Math.min(ENDLESS, ticks);
  }

  private activeIn(state: number): number {
    return this.model.active(this.quiet.states.rows, state * this.model.width);
  }

  private whyUnstable(state: number): string | undefined {
    const up = this.model.up(this.quiet.states.rows, state * this.model.width);
    return this.bounds.unstable(up, this.activeIn(state));
  }
}

function isDual({ higher, lower }: Pair, active: number): boolean {
  return ((active >> higher) & (active >> lower) & 1) === 1;
}

function lasting(ticks: number): string {
  return ticks === ENDLESS ? 'any length of time' : `${ticks} ticks`;
}
