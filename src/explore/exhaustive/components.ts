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
  const walk = new Walk(graph, component, visitor);
  for (let root = 0; root < graph.count; root++) {
    walk.enter(root);
    while (walk.advance(BATCH)) yield;
    if (root % BATCH === 0) yield;
  }
}

class Walk {
  private readonly graph: Graph;
  private readonly component: Int32Array;
  private readonly visitor: Visitor;
  /** When a state was entered, from 1; 0: not yet. */
  private readonly order: Int32Array;
  private readonly low: Int32Array;
  private readonly open: number[] = [];
  /** The path, three numbers each: a state, where its edges begin, and its next edge. */
  private readonly path: number[] = [];
  /** Of the path. */
  private readonly edges: number[] = [];
  private entered = 0;
  private closed = 0;

  constructor(graph: Graph, component: Int32Array, visitor: Visitor) {
    this.graph = graph;
    this.component = component;
    this.visitor = visitor;
    this.order = new Int32Array(graph.count);
    this.low = new Int32Array(graph.count);
  }

  enter(state: number): void {
    if (this.order[state] !== 0) return;
    const { edges } = this;
    this.entered++;
    this.order[state] = this.entered;
    this.low[state] = this.entered;
    this.open.push(state);
    this.path.push(state, edges.length, edges.length);
    this.graph.successors(state, (edge) => edges.push(edge));
  }

  /** Whether there is more to do. */
  advance(steps: number): boolean {
    const { path, edges } = this;
    for (let step = 0; step < steps && path.length > 0; step++) {
      const top = path.length - 3;
      const state = path[top] as number;
      const cursor = path[top + 2] as number;
      if (cursor === edges.length) {
        this.leave(state, path[top + 1] as number);
        continue;
      }
      path[top + 2] = cursor + 1;
      const next = (edges[cursor] as number) >> 1;
      if (this.order[next] === 0) this.enter(next);
      else if (this.component[next] === -1) this.lower(state, this.order[next] as number);
    }
    return path.length > 0;
  }

  private leave(state: number, first: number): void {
    const { path, edges, open, low, component } = this;
    let cyclic = false;
    for (let k = first; k < edges.length; k++)
      if (component[(edges[k] as number) >> 1] === -1) cyclic = true;
    this.visitor.leave(state, edges, first);
    edges.length = first;
    path.length -= 3;
    const parent = path[path.length - 3];
    if (parent !== undefined) this.lower(parent, low[state] as number);
    if (low[state] !== this.order[state]) return;
    const members = open.splice(open.lastIndexOf(state));
    for (const member of members) component[member] = this.closed;
    this.closed++;
    this.visitor.close(members, cyclic || members.length > 1);
  }

  private lower(state: number, to: number): void {
    if (to < (this.low[state] as number)) this.low[state] = to;
  }
}
