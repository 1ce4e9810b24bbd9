/**
 * Strongly connected components by Tarjan's algorithm, with its stacks as arrays, because a path may contain
 * every state. A component is reported after all components that it leads to.
 */

/** An edge: twice the index of where it leads, plus its mark (0 or 1). */
export interface Graph {
  readonly count: number;
  readonly successors: (state: number, push: (edge: number) => void) => void;
}

export interface Visitor {
  /** `edges[first..]` leave this state, to states whose component is known, or into its own, where it is -1. */
  readonly leave: (state: number, edges: readonly number[], first: number) => void;
  /** `cyclic`: a member can be reached again. */
  readonly close: (members: readonly number[], cyclic: boolean) => void;
}

/** Steps until the caller may look at the clock, or stop. */
const BATCH = 50_000;

/** Fills `component` (-1: not known yet) and yields after every batch. */
export function* components(
  graph: Graph,
  component: Int32Array,
  visitor: Visitor,
): Generator<void> {
  /** When a state was entered, from 1; 0: not yet. */
  const order = new Int32Array(graph.count);
  const low = new Int32Array(graph.count);
  const open: number[] = [];
  /** The path, three numbers each: a state, where its edges begin, and its next edge. */
  const path: number[] = [];
  /** Of the path. */
  const edges: number[] = [];
  let entered = 0;
  let closed = 0;
  const push = (edge: number): void => {
    edges.push(edge);
  };
  const enter = (state: number): void => {
    entered++;
    order[state] = entered;
    low[state] = entered;
    open.push(state);
    path.push(state, edges.length, edges.length);
    graph.successors(state, push);
  };
  const lower = (state: number, to: number): void => {
    if (to < (low[state] as number)) low[state] = to;
  };
  const leave = (state: number, first: number): void => {
    let cyclic = false;
    for (let k = first; k < edges.length; k++)
      if (component[(edges[k] as number) >> 1] === -1) cyclic = true;
    visitor.leave(state, edges, first);
    edges.length = first;
    path.length -= 3;
    const parent = path[path.length - 3];
    if (parent !== undefined) lower(parent, low[state] as number);
    if (low[state] !== order[state]) return;
    const members = open.splice(open.lastIndexOf(state));
    for (const member of members) component[member] = closed;
    closed++;
    visitor.close(members, cyclic || members.length > 1);
  };
  let steps = 0;
  for (let root = 0; root < graph.count; root++) {
    if (order[root] === 0) enter(root);
    while (path.length > 0) {
      if (++steps % BATCH === 0) yield;
      const top = path.length - 3;
      const state = path[top] as number;
      const cursor = path[top + 2] as number;
      if (cursor === edges.length) {
        leave(state, path[top + 1] as number);
        continue;
      }
      path[top + 2] = cursor + 1;
      const next = (edges[cursor] as number) >> 1;
      if (order[next] === 0) enter(next);
      else if (component[next] === -1) lower(state, order[next] as number);
    }
    if (root % BATCH === 0) yield;
  }
}
