/** Picks the few events that show why a judgement came out as it did. */
import { isAdvertOf } from '../observe/adverts.ts';
import type { EventKind, LabEvent } from '../observe/event.ts';
import type { Window } from '../observe/ownership.ts';
import type { Timeline } from '../observe/timeline.ts';
import type { VirtualRouter } from '../topology/topology.ts';

/** The number that fits on one screen. */
const MOST = 16;
/** Kinds of which every event is shown. */
const WHOLE: readonly EventKind[] = ['fault', 'heal', 'node-up', 'node-down', 'process-exited'];

/** Ownership changes, claims, faults and the adverts at which the sender changes, of one router within a window. */
export function storyOf(timeline: Timeline, router: VirtualRouter, window: Window): LabEvent[] {
  const addresses = new Set<string>(router.addresses.map(({ address }) => address));
  let lastSender: string | undefined;
  const chosen = timeline.sorted(window).filter((event) => {
    switch (event.kind) {
      case 'address-added':
      case 'address-removed':
        return addresses.has(event.address);
      case 'state':
        return event.instance === router.name;
      case 'advert': {
        if (!isAdvertOf(router, event)) return false;
        const turns = lastSender !== event.sender || event.priority === 0;
        lastSender = event.sender;
        return turns;
      }
      default:
        return WHOLE.includes(event.kind);
    }
  });
  return chosen.length <= MOST
    ? chosen
    : [...chosen.slice(0, MOST / 2), ...chosen.slice(-MOST / 2)];
}
