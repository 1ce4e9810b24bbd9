/** The time of a fault: detection takes Master_Down_Interval minus its phase, so the phase is chosen. */
import { advertsOf } from '../observe/adverts.ts';
import type { Timeline } from '../observe/timeline.ts';
import { random, shuffled } from '../random.ts';
import type { Repeat } from '../scenario/scenario.ts';
import { type Instant, micros, milliseconds, plus } from '../time.ts';
import type { VirtualRouter } from '../topology/topology.ts';

/** The order must reach the node before the instant comes. */
export const LEAD = milliseconds(20);
/** Kept away from the adverts themselves: a late advert would turn phase 0 into a whole interval. */
const MARGIN = milliseconds(2);

/** One fraction of the interval, 0..1, for each repeat. */
export function phasesOf(repeat: Repeat, seed: number): number[] {
  const source = random(seed, 'phase');
  const cells = Array.from({ length: repeat.count }, (_, i) => i);
  if (typeof repeat.phase === 'number') return cells.map(() => repeat.phase as number);
  if (repeat.phase === 'random') return cells.map(() => source.next());
  return shuffled(cells, source).map((cell) => (cell + (0.1 + 0.8 * source.next())) / repeat.count);
}

/** The instant for a fault on `node`: at the phase after its adverts as owner, or soon if it is not the owner. */
export function strikeAt(
  timeline: Timeline,
  routers: readonly VirtualRouter[],
  node: string,
  phase: number,
  now: Instant,
): Instant {
  const earliest = plus(now, LEAD);
  const router = routers.find((router) => timeline.ownership.owners(router).includes(node));
  const last =
    router === undefined
      ? undefined
      : advertsOf(timeline, router).findLast((advert) => advert.node === node);
  if (router === undefined || last === undefined) return earliest;
  const interval = router.advertInterval;
  const margin = Math.min(MARGIN, interval / 4);
  const after = micros(Math.min(Math.max(phase * interval, margin), interval - margin));
  const whole = Math.max(0, Math.ceil((earliest - last.at - after) / interval));
  return plus(last.at, micros(whole * interval + after));
}
