/**
 * Breadth-first search through all states, faults included, so that the first trace to a violation is a shortest one.
 * Rules about one router are judged on every transition; rules about the end are judged afterwards, by `settle.ts`.
 */
import { spend } from './budget.ts';
import type { Model } from './model.ts';
import { FLAWED, type Node } from './node.ts';
import { grown, RowStore } from './row-store.ts';
import type { Finding } from './rules.ts';

/** A rule that was broken by the transition out of state `from`. */
export interface Flaw extends Finding {
  readonly router: number;
  readonly from: number;
  /** The outcome that each router took. */
  readonly taken: Int32Array;
}

export interface Search {
  readonly states: RowStore;
  /** By state: from which it was first reached; -1: the first tick. */
  before: Int32Array;
  transitions: number;
  /** Ticks from the start to the latest state. */
  depth: number;
  /** The first of each invariant. */
  readonly flaws: Flaw[];
  /** Every state was found and expanded. */
  complete: boolean;
}

export function newSearch(model: Model): Search {
  return {
    // A state with larger budgets can do everything that one with smaller budgets can.
    states: new RowStore(model.width, 1 << 16, (known, wanted) => spend(known, wanted) >= 0),
    before: new Int32Array(1 << 16),
    transitions: 0,
    depth: 0,
    flaws: [],
    complete: false,
  };
}

/** States to expand between two yields. */
const BATCH = 20_000;

/** Yields after every batch; ends when everything is explored or `most` states are known. */
export function* explore(model: Model, search: Search, most: number): Generator<void> {
  const { states } = search;
  let head = -1;
  const found = (flags: number): void => {
    search.transitions++;
    const { count } = states;
    const index = states.add(model.next);
    if (index === count) note(search, index, head);
    if ((flags & FLAWED) !== 0) flawed(model, search, head);
  };
  model.begin(found);
  let level = states.count;
  for (head = 0; head < states.count; head++) {
    if (head === level) {
      search.depth++;
      level = states.count;
    }
    if (states.count >= most) return;
    model.expand(states.rows, head * model.width, found);
    if (head % BATCH === 0) yield;
  }
  search.complete = true;
}

function note(search: Search, index: number, from: number): void {
  if (index >= search.before.length) search.before = grown(search.before);
  search.before[index] = from;
}

function flawed(model: Model, search: Search, from: number): void {
  model.nodes.forEach((node: Node, router) => {
    const finding = node.findings.get(model.taken[router] ?? -1);
    if (finding === undefined) return;
    if (search.flaws.some(({ invariant }) => invariant === finding.invariant)) return;
    search.flaws.push({ ...finding, router, from, taken: model.taken.slice() });
  });
}
