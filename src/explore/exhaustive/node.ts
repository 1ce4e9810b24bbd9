/**
 * All outcomes of one router within one tick. They depend only on its state and on the adverts on their way to it: the
 * least delay is one tick, so routers cannot influence each other within it. So the engine runs once for each such
 * pair, and the outcomes are cached; `remember: false` runs it every time, which must explore the same states.
 *
 * A word is such a pair: the index of the state in the lower 16 bits, the inbox (`ways.ts`) in the upper.
 */
import type { Cluster } from './cluster.ts';
import { DOWN, type EngineCalls, EngineRun, type Ran } from './engine-run.ts';
import { grown } from './row-store.ts';
import type { Finding } from './rules.ts';
import { type Way, type WaysRules, waysOf } from './ways.ts';

/** An outcome: state and flags, the inbox that is left, the cost. */
export const OUTCOME_WIDTH = 3;
/** In the first number of an outcome: what was sent, whether the router became or ceased to be Active, whether it broke a rule. */
export const SENT_SHIFT = 16;
export const CHANGED = 1 << 18;
export const FLAWED = 1 << 19;

const START: Way = { deeds: [{ kind: 'start' }], held: 0, cost: 0 };

/** A way, and its outcome in the engine. */
export interface Taken {
  readonly way: Way;
  readonly ran: Ran;
}

export class Node {
  readonly engine: EngineRun;
  /** At the offset of a word: how many outcomes, then each of them. */
  list = new Int32Array(1 << 12);
  /** By the offset of the outcome. */
  readonly findings = new Map<number, Finding>();
  private used = 0;
  private readonly known = new Map<number, number>();
  private readonly ways = new Map<number, readonly Way[]>();
  private readonly rules: WaysRules;
  private readonly router: number;

  constructor(cluster: Cluster, router: number, engine: EngineCalls) {
    const { delay, budgets } = cluster.spec;
    this.router = router;
    this.rules = { routers: cluster.members.length, delay, budgets };
    this.engine = new EngineRun(cluster, router, engine);
  }

  /** Offset in `list` of the outcomes of this word. */
  outcomes(word: number): number {
    const known = this.known.get(word);
    if (known !== undefined) return known;
    const offset = this.compute(word);
    this.known.set(word, offset);
    return offset;
  }

  /** The same without the cache; replaces the outcomes that were returned before. */
  freshOutcomes(word: number): number {
    if (this.findings.size > 0) this.findings.clear();
    this.used = 0;
    return this.compute(word);
  }

  /** Offset of the only outcome of the very first tick. */
  started(): number {
    const offset = this.begin();
    this.note(offset, DOWN, START);
    return offset;
  }

  /** The outcome of the very first tick. */
  startOf(): Taken {
    return { way: START, ran: { ...this.engine.run(DOWN, START.deeds) } };
  }

  /** The first of the ways that lead from this word to this outcome. */
  wayTo(word: number, outcome: number): Taken | undefined {
    const [head, held, cost] = this.list.slice(outcome, outcome + OUTCOME_WIDTH);
    for (const way of this.waysOf(word)) {
      if (way.held !== held || way.cost !== cost) continue;
      const ran = this.engine.run(word & 0xffff, way.deeds);
      if (headOf(ran) === head) return { way, ran: { ...ran } };
    }
    return undefined;
  }

  /** They depend only on whether the process runs and whether a timer fires. */
  private waysOf(word: number): readonly Way[] {
    const state = word & 0xffff;
    const inbox = word >>> 16;
    const up = state !== DOWN;
    const due = up && this.engine.isDue(state);
    const key = inbox | (up ? 1 << 16 : 0) | (due ? 1 << 17 : 0);
    let ways = this.ways.get(key);
    if (ways === undefined) {
      ways = waysOf(this.rules, { router: this.router, inbox, up, due });
      this.ways.set(key, ways);
    }
    return ways;
  }

  private compute(word: number): number {
    const offset = this.begin();
    for (const way of this.waysOf(word)) this.note(offset, word, way);
    return offset;
  }

  private begin(): number {
    const offset = this.used;
    this.push(0);
    return offset;
  }

  private note(offset: number, word: number, { deeds, held, cost }: Way): void {
    const ran = this.engine.run(word & 0xffff, deeds);
    const head = headOf(ran);
    const { list, used } = this;
    for (let at = offset + 1; at < used; at += OUTCOME_WIDTH)
      if (list[at] === head && list[at + 1] === held && list[at + 2] === cost) return;
    if (ran.finding !== undefined) this.findings.set(used, ran.finding);
    this.push(head);
    this.push(held);
    this.push(cost);
    this.list[offset] = (this.list[offset] ?? 0) + 1;
  }

  private push(value: number): void {
    if (this.used === this.list.length) this.list = grown(this.list);
    this.list[this.used++] = value;
  }
}

function headOf({ state, sent, changed, finding }: Ran): number {
  const flags = (changed ? CHANGED : 0) | (finding === undefined ? 0 : FLAWED);
  return state | (sent << SENT_SHIFT) | flags;
}
