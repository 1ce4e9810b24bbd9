/**
 * The cluster as a transition system. A state is a word for each router (its state and its inbox, `node.ts`) and
 * one for the faults that may still occur; a transition is one tick of all routers, any combination of their outcomes.
 */
import { packBudgets, restartsIn, spend } from './budget.ts';
import type { Cluster } from './cluster.ts';
import { DOWN, ENGINE, type EngineCalls } from './engine-run.ts';
import { CHANGED, FLAWED, Node, OUTCOME_WIDTH, SENT_SHIFT } from './node.ts';
import { inboxShift } from './ways.ts';

export interface ModelOptions {
  readonly engine?: EngineCalls;
  /** Run the engine once for each router's state and inbox [true]. */
  readonly remember?: boolean;
}

export class Model {
  readonly cluster: Cluster;
  readonly nodes: readonly Node[];
  /** Words of a state. */
  readonly width: number;
  /** The state that the reported transition leads to. */
  readonly next: Int32Array;
  /** By router: the offset of the outcome that was taken. */
  readonly taken: Int32Array;
  private readonly offsets: Int32Array;
  /** `[from][to]`: where adverts are put in the inbox of `to`; -1: it refuses them. */
  private readonly shifts: readonly (readonly number[])[];
  private readonly remember: boolean;
  private found: (flags: number) => void = () => {};

  constructor(cluster: Cluster, { engine = ENGINE, remember = true }: ModelOptions = {}) {
    const { length } = cluster.members;
    this.cluster = cluster;
    this.remember = remember;
    this.nodes = cluster.members.map((_, i) => new Node(cluster, i, engine));
    this.width = length + 1;
    this.next = new Int32Array(length + 1);
    this.taken = new Int32Array(length);
    this.offsets = new Int32Array(length);
    const { delay } = cluster.spec;
    this.shifts = cluster.accepts.map((row, from) =>
      row.map((accepts, to) =>
        accepts && from !== to ? 16 + inboxShift(to, from, delay.most) : -1,
      ),
    );
  }

  /** The first tick: all start. */
  begin(found: (flags: number) => void): void {
    this.nodes.forEach((node, i) => {
      this.offsets[i] = node.started();
    });
    this.found = found;
    this.combine(0, packBudgets(this.cluster.spec.budgets), 0);
  }

  /** Reports every transition from the state at `rows[at..]`: `next`, `taken`, and CHANGED and FLAWED. */
  expand(rows: Int32Array, at: number, found: (flags: number) => void): void {
    const { nodes, offsets } = this;
    const budget = rows[at + nodes.length] ?? 0;
    for (let i = 0; i < nodes.length; i++) {
      const node = nodes[i] as Node;
      const word = rows[at + i] ?? 0;
      offsets[i] = this.remember ? node.outcomes(word) : node.freshOutcomes(word);
    }
    this.found = found;
    this.combine(0, budget, 0);
  }

  /** The same state without budgets for faults. */
  quiet(rows: Int32Array, at: number, to: Int32Array): void {
    const last = this.nodes.length;
    for (let i = 0; i < last; i++) {
      const word = rows[at + i] ?? 0;
      to[i] = (word & 0xffff) === DOWN ? DOWN : word;
    }
    to[last] = 0;
  }

  /** Bit i: the process of router i runs. */
  up(rows: Int32Array, at: number): number {
    let mask = 0;
    for (let i = 0; i < this.nodes.length; i++)
      if (((rows[at + i] ?? 0) & 0xffff) !== DOWN) mask |= 1 << i;
    return mask;
  }

  /** Bit i: router i is Active. */
  active(rows: Int32Array, at: number): number {
    let mask = 0;
    for (let i = 0; i < this.nodes.length; i++)
      if ((this.nodes[i] as Node).engine.nameOf((rows[at + i] ?? 0) & 0xffff) === 'MASTER')
        mask |= 1 << i;
    return mask;
  }

  private combine(router: number, budget: number, flags: number): void {
    if (router === this.nodes.length) {
      this.compose(budget);
      this.found(flags);
      return;
    }
    const { list } = this.nodes[router] as Node;
    const offset = this.offsets[router] ?? 0;
    const count = list[offset] ?? 0;
    for (let k = 0, at = offset + 1; k < count; k++, at += OUTCOME_WIDTH) {
      const left = spend(budget, list[at + 2] ?? 0);
      if (left < 0) continue;
      this.taken[router] = at;
      this.combine(router + 1, left, flags | ((list[at] ?? 0) & (CHANGED | FLAWED)));
    }
  }

  private compose(budget: number): void {
    const { nodes, next, taken, shifts } = this;
    const last = nodes.length;
    for (let i = 0; i < last; i++) {
      const { list } = nodes[i] as Node;
      const at = taken[i] ?? 0;
      next[i] = ((list[at] ?? 0) & 0xffff) | ((list[at + 1] ?? 0) << 16);
    }
    for (let from = 0; from < last; from++) {
      const sent = (((nodes[from] as Node).list[taken[from] ?? 0] ?? 0) >> SENT_SHIFT) & 3;
      if (sent === 0) continue;
      const row = shifts[from] as readonly number[];
      for (let to = 0; to < last; to++) {
        const shift = row[to] as number;
        if (shift >= 0) next[to] = (next[to] as number) | (sent << shift);
      }
    }
    // Adverts to a router that is down and cannot start again are never read.
    if (restartsIn(budget) === 0)
      for (let i = 0; i < last; i++) if (((next[i] as number) & 0xffff) === DOWN) next[i] = DOWN;
    next[last] = budget;
  }
}
