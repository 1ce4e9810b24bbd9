/**
 * How late the routers' timers were, from the outside: the distance of two adverts that follow each other,
 * minus the interval they advertise. A machine that is too busy shows here first.
 */
import { isAdvertOf } from '../observe/adverts.ts';
import type { Window } from '../observe/ownership.ts';
import type { Timeline } from '../observe/timeline.ts';
import { type Micros, micros } from '../time.ts';
import type { VirtualRouter } from '../topology/topology.ts';

/**
 * Only pairs of adverts of one sender, with no other sender, fault or heal between them: other delays are not caused by
 * the machine. Negative: it came early.
 */
export function advertLateness(
  timeline: Timeline,
  router: VirtualRouter,
  window: Window,
): Micros[] {
  const breaks = [...timeline.of('fault'), ...timeline.of('heal')].map(({ at }) => at);
  const adverts = timeline
    .since('advert', window.from)
    .filter((event) => isAdvertOf(router, event) && event.at <= window.to)
    .sort((a, b) => a.at - b.at);
  return adverts.flatMap((advert, i) => {
    const last = adverts[i - 1];
    if (last === undefined || last.node !== advert.node || last.priority === 0) return [];
    if (advert.priority === 0) return []; // sent on demand, not by a timer
    if (breaks.some((at) => at >= last.at && at <= advert.at)) return [];
    return [micros(advert.at - last.at - last.interval)];
  });
}
