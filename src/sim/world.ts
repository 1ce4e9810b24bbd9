/**
 * Virtual time: a queue of what will happen, in the order of time and, at one instant, of scheduling.
 * The only place where time advances. Knows nothing of networks.
 */
import { type Instant, instant, type Micros, plus } from '../time.ts';

interface Scheduled {
  readonly at: Instant;
  readonly order: number;
  readonly run: () => void;
}

/** Far more than any cluster needs: a run that reaches it loops. */
const MAX_PENDING = 1_000_000;

export class World {
  private readonly heap: Scheduled[] = [];
  private time: Instant = instant(0);
  private order = 0;

  now(): Instant {
    return this.time;
  }

  /** Runs `action` at `at`; never in the past. */
  at(at: Instant, action: () => void): void {
    if (this.heap.length >= MAX_PENDING) throw new Error('the simulation schedules without end');
    push(this.heap, { at: at < this.time ? this.time : at, order: this.order++, run: action });
  }

  after(delay: Micros, action: () => void): void {
    this.at(plus(this.time, delay), action);
  }

  /** Runs everything up to `deadline`, then stands at `deadline`; stops early when `done`. */
  runUntil(deadline: Instant, done: () => boolean): boolean {
    for (;;) {
      const next = this.heap[0];
      if (next === undefined || next.at > deadline) break;
      pop(this.heap);
      this.time = next.at;
      next.run();
      if (done()) return true;
    }
    if (deadline > this.time) this.time = deadline;
    return false;
  }
}

function before(a: Scheduled, b: Scheduled): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Scheduled[], item: Scheduled): void {
  let i = heap.length;
  heap.push(item);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || !before(item, above)) break;
    heap[i] = above;
    i = parent;
  }
  heap[i] = item;
}

function pop(heap: Scheduled[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    const [left, right] = [heap[child], heap[child + 1]];
    if (left === undefined) break;
    let least = left;
    if (right !== undefined && before(right, left)) {
      least = right;
      child++;
    }
    if (!before(least, last)) break;
    heap[i] = least;
    i = child;
  }
  heap[i] = last;
}
