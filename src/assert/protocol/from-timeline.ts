/**
 * Converts the evidence of a lab about one virtual router into the stream that the invariants judge:
 *
 *   tap: adverts -> sent, announcements -> announce      kernel: addresses -> install, withdraw; links; neighbours -> learnt
 *   agent: nodes and processes -> process                engine: its claims -> role (none, or not understood: the holder of the addresses)
 *   lab: pauses -> process; faults of the network or the timers -> noise, while they last
 *
 * No evidence shows which routers received an advert, so nothing is `heard`: S1, S2, L2-L7 and other invariants that need it cannot
 * be judged. A FAULT is accepted without a cause, because no evidence shows tracked objects.
 */
import { announcements } from '../../observe/announcements.ts';
import type { ElectionListener } from '../../observe/election.ts';
import type { EventKind, EventOf, LabEvent } from '../../observe/event.ts';
import type { Timeline } from '../../observe/timeline.ts';
import type { Instant } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { SeenRouter } from './seen-router.ts';

const KINDS: readonly EventKind[] = [
  'advert',
  'address-added',
  'address-removed',
  'node-up',
  'node-down',
  'process-started',
  'process-exited',
  'link',
  'neighbor',
  'state',
  'priority',
  'fault',
  'heal',
];

/** The clients whose neighbour tables are watched. */
export function hostsOf(timeline: Timeline, { addresses }: VirtualRouter): string[] {
  const first = addresses[0]?.address;
  const nodes = timeline
    .of('neighbor')
    .flatMap(({ node, address, mac }) =>
      node !== undefined && address === first && mac !== undefined ? [node] : [],
    );
  return [...new Set(nodes)];
}

/** Plays everything up to `to` to the listener; false: no router was seen in any role. */
export function replayTimeline(
  timeline: Timeline,
  router: VirtualRouter,
  hosts: readonly string[],
  listener: ElectionListener,
  to: Instant,
): boolean {
  const known = router.members.map((_, r) => new SeenRouter(router, r, listener));
  const seenOn = (node = ''): SeenRouter | undefined => known.find((seen) => seen.node === node);
  /** Ids of impairing faults under way. */
  const impaired = new Set<string>();
  const impairs = ({ at, kind, id }: EventOf<'fault'> | EventOf<'heal'>): void => {
    const before = impaired.size > 0;
    if (kind === 'fault') impaired.add(id);
    else impaired.delete(id);
    const on = impaired.size > 0;
    if (on !== before) listener.change(at, { kind: 'noise', on });
  };
  const learnt = ({ at, node, address, mac }: EventOf<'neighbor'>): void => {
    const host = hosts.indexOf(node ?? '');
    if (host < 0 || mac === undefined || address !== router.addresses[0]?.address) return;
    const holder = seenOn(timeline.holderOf(mac, router.network));
    if (holder === undefined) return;
    listener.change(at, { kind: 'learnt', virtual: 0, host, router: holder.index });
  };
  const replay = (event: LabEvent): void => {
    for (const seen of known) seen.bootsUntil(event.at);
    if (event.kind === 'neighbor') learnt(event);
    else if ('effects' in event && event.effects.includes('impairs')) impairs(event);
    else seenOn(event.node)?.sees(event);
  };
  const events = [...KINDS.flatMap((kind) => timeline.of(kind)), ...announcements(timeline)]
    .filter(({ at }) => at <= to)
    .sort((a, b) => a.at - b.at);
  const began = events[0]?.at ?? to;
  // A client without an entry cannot be wrong.
  for (let host = 0; host < hosts.length; host++)
    listener.change(began, { kind: 'deaf', virtual: 0, host, router: 0 });
  for (const event of events) replay(event);
  listener.ends(to);
  return known.some(({ isSeen }) => isSeen);
}
