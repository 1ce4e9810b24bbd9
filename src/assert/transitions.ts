/** Wrong changes of owner, each with the lateness of the machine that would explain it. */
import { advertsOf } from '../observe/adverts.ts';
import { type Holding, lengthOf, type Stretch } from '../observe/ownership.ts';
import { agentOf, tapOf } from '../observe/witness.ts';
import { formatMicros, type Instant, micros } from '../time.ts';
import type { VirtualRouter } from '../topology/topology.ts';
import { holdersOf } from './grounds.ts';
import type { RepeatRecord } from './metrics.ts';
import { downIntervalOf } from './protocol-times.ts';
import { CERTAIN, type Violation } from './verdict.ts';

/** `strays`: nodes that gained an address wrongly; `lost`: times in which an address had no holder. */
export function transitionViolations(
  record: RepeatRecord,
  router: VirtualRouter,
  { strays, lost }: { readonly strays: readonly Holding[]; readonly lost: readonly Stretch[] },
): Violation[] {
  return [
    ...strays.map((stray) => takeover(record, router, stray)),
    ...lost.map((loss) => gap(record, router, loss)),
  ];
}

/**
 * A Backup tolerates an advert that is late by the down interval minus one advertisement interval. The lateness of the
 * owner's advert is what exceeds that interval when the Backup takes over.
 */
function takeover(
  { timeline, window }: RepeatRecord,
  router: VirtualRouter,
  { node, from: at }: Holding,
): Violation {
  const [old] = timeline.ownership.ownersAt(router, (at - 1) as Instant);
  const last = advertsOf(timeline, router).findLast((event) => event.node === old && event.at < at);
  const member = router.members.find((member) => member.node === node);
  const on = [...(old === undefined ? [] : [agentOf(old)]), agentOf(node), tapOf(router.network)];
  const because = `${node} took ${router.name} over${old === undefined ? '' : ` from ${old}`}`;
  if (old === undefined || last === undefined || member === undefined || last.priority === 0) {
    const from = last?.at ?? window.from;
    return { timeline, window: { from, to: at }, on, because, ...CERTAIN };
  }
  const interval = last.interval > 0 ? last.interval : router.advertInterval;
  const late = micros(at - last.at - interval);
  return {
    timeline,
    window: { from: last.at, to: at },
    on,
    because: `${because}, whose advert was ${formatMicros(late)} late`,
    allowed: micros(downIntervalOf(router, member.priority, interval) - interval),
    persists: (slack) => late > slack,
  };
}

function gap({ timeline }: RepeatRecord, router: VirtualRouter, stretch: Stretch): Violation {
  return {
    timeline,
    window: { from: stretch.from, to: stretch.to },
    on: holdersOf(router),
    because: `nobody held ${stretch.address} for ${formatMicros(lengthOf(stretch))}`,
    allowed: micros(0),
    persists: (slack) => lengthOf(stretch) > slack,
  };
}
