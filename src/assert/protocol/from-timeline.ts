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
import { isAdvertOf } from '../../observe/adverts.ts';
import { announcements } from '../../observe/announcements.ts';
import type { ElectionListener } from '../../observe/election.ts';
import type { EventKind, EventOf, LabEvent } from '../../observe/event.ts';
import type { Timeline } from '../../observe/timeline.ts';
import { type Instant, plus, seconds } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import { SeenRouter } from './seen-router.ts';

interface Replay {
  readonly router: VirtualRouter;
  readonly timeline: Timeline;
  readonly listener: ElectionListener;
  readonly names: readonly string[];
  readonly hosts: readonly string[];
  readonly known: readonly SeenRouter[];
  /** Ids of impairing faults under way. */
  readonly impaired: Set<string>;
}

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

/** A process reads its configuration before it listens; after this long without a report it must be listening. */
const BOOT_MOST = seconds(5);

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
  const replay: Replay = {
    router,
    timeline,
    listener,
    hosts,
    names: router.members.map(({ node }) => node),
    known: router.members.map((_, r) => new SeenRouter(router, r, listener)),
    impaired: new Set(),
  };
  const events = [...KINDS.flatMap((kind) => timeline.of(kind)), ...announcements(timeline)]
    .filter(({ at }) => at <= to)
    .sort((a, b) => a.at - b.at);
  const began = events[0]?.at ?? to;
  // A client without an entry cannot be wrong.
  for (let host = 0; host < hosts.length; host++)
    listener.change(began, { kind: 'deaf', virtual: 0, host, router: 0 });
  for (const event of events) replayEvent(replay, event);
  listener.ends(to);
  return replay.known.some(({ isSeen }) => isSeen);
}

function replayEvent(replay: Replay, event: LabEvent): void {
  for (const one of replay.known) {
    if (one.bootsSince === undefined) continue;
    const latest = plus(one.bootsSince, BOOT_MOST);
    if (latest <= event.at) one.starts(latest);
  }
  if (event.kind === 'neighbor') learnt(replay, event);
  else if (event.kind === 'fault' || event.kind === 'heal') struck(replay, event);
  else {
    const r = replay.names.indexOf(event.node ?? '');
    const one = replay.known[r];
    if (one !== undefined) replayOf(replay, r, one, event);
  }
}

function replayOf({ router, listener }: Replay, r: number, one: SeenRouter, event: LabEvent): void {
  const { at } = event;
  switch (event.kind) {
    case 'advert':
      if (isAdvertOf(router, event)) one.sends(event);
      return;
    case 'garp':
      // The first address represents all of them.
      if (event.segment === router.network && event.address === router.addresses[0]?.address)
        listener.change(at, { kind: 'announce', virtual: 0, router: r, count: 1 });
      return;
    case 'address-added':
    case 'address-removed':
      one.holds(event);
      return;
    case 'link':
      if (event.interface === router.network)
        listener.change(at, { kind: 'link', router: r, up: event.up });
      return;
    case 'node-down':
      one.ends(at, 'crash');
      return;
    case 'process-started':
      if (isRouter(event) && !one.runs) one.bootsSince ??= at;
      return;
    case 'process-exited':
      if (isRouter(event)) one.ends(at, 'stop');
      return;
    case 'state':
      if (event.instance === router.name) one.claimed(event);
      return;
    case 'priority':
      if (event.instance === router.name) one.hasPriority(at, event.priority);
      return;
    default:
  }
}

function isRouter({ process }: EventOf<'process-started'> | EventOf<'process-exited'>): boolean {
  return process === 'router' || process === 'vrrp';
}

function learnt(replay: Replay, { at, node, address, mac }: EventOf<'neighbor'>): void {
  const { router, timeline, hosts, names, listener } = replay;
  const host = hosts.indexOf(node ?? '');
  if (host < 0 || mac === undefined || address !== router.addresses[0]?.address) return;
  const holder = names.indexOf(timeline.holderOf(mac, router.network) ?? '');
  if (holder >= 0) listener.change(at, { kind: 'learnt', virtual: 0, host, router: holder });
}

function struck(replay: Replay, event: EventOf<'fault'> | EventOf<'heal'>): void {
  const { impaired, listener, names, known } = replay;
  const { at, kind, fault, effects, id } = event;
  const begins = kind === 'fault';
  if (effects.includes('impairs')) {
    const before = impaired.size > 0;
    if (begins) impaired.add(id);
    else impaired.delete(id);
    const on = impaired.size > 0;
    if (on !== before) listener.change(at, { kind: 'noise', on });
    return;
  }
  const r = names.indexOf(event.node ?? '');
  const one = known[r];
  if (one === undefined) return;
  if (fault === 'clock.step' && begins) listener.change(at, { kind: 'wall-clock', router: r });
  else if (fault === 'process.pause') one.pauses(at, begins);
  else if (fault === 'process.kill' && begins && one.runs) {
    // A child that dies is restarted at once, with or without its addresses.
    one.ends(at, 'stop');
    one.bootsSince = at;
  }
}
