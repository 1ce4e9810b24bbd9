/**
 * Pending events in order. Ties at one instant are specified, because a replay depends on them: faults before
 * deliveries before timers; timers by router; otherwise in the order they were pushed. A change of this order needs a
 * new `SIMULATION_SCHEMA`.
 */
import type { Instant } from '../time.ts';

export const PHASE = { fault: 0, delivery: 1, timer: 2 } as const;
export type Phase = (typeof PHASE)[keyof typeof PHASE];

/** Space for the index of the router and the sequence number after the phase in one exact number. */
const ROUTER_UNIT = 2 ** 36;
const PHASE_UNIT = 2 ** 50;

export interface Pending<Item> {
  readonly at: Instant;
  readonly order: number;
  readonly item: Item;
}

/** A binary heap. */
export class EventQueue<Item> {
  private readonly heap: Pending<Item>[] = [];
  private sequence = 0;

  get size(): number {
    return this.heap.length;
  }

  /** When the next event is due; Infinity: nothing is pending. */
  nextAt(): number {
    const first = this.heap[0];
    return first === undefined ? Number.POSITIVE_INFINITY : first.at;
  }

  /** `router`: only timers of one instant are ordered by it. */
  push(at: Instant, phase: Phase, router: number, item: Item): void {
    const order = phase * PHASE_UNIT + router * ROUTER_UNIT + this.sequence++;
    const { heap } = this;
    const added = { at, order, item };
    let i = heap.length;
    heap.push(added);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = heap[parent] as Pending<Item>;
      if (!before(added, above)) break;
      heap[i] = above;
      i = parent;
    }
    heap[i] = added;
  }

  pop(): Pending<Item> | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    const { length } = heap;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      let least = heap[child] as Pending<Item>;
      const right = heap[child + 1];
      if (right !== undefined && before(right, least)) {
        least = right;
        child++;
      }
      if (!before(least, last)) break;
      heap[i] = least;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}

function before(a: Pending<unknown>, b: Pending<unknown>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
