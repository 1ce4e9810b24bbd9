/**
 * What a lab saw of one virtual router, turned into the stream that the invariants judge, as far as the evidence goes:
 *
 *   tap: adverts -> sent, announcements -> announce      kernel: addresses -> install, withdraw; links; neighbours -> learnt
 *   agent: nodes and processes -> process                engine: its claims -> role (none, or not understood: the holder of the addresses)
 *   lab: pauses -> process; what impairs the network or the timers -> noise, while it lasts
 *
 * No evidence shows which routers received an advert, so nothing is `heard`: S1, S2, L2-L7 and what else needs it cannot
 * be judged. A FAULT is taken as given, because no evidence shows what tracked objects watch.
 */
import { isAdvertOf } from '../../observe/adverts.ts';
import { announcements } from '../../observe/announcements.ts';
import type { ElectionListener } from '../../observe/election.ts';
import type { EventKind, EventOf, LabEvent } from '../../observe/event.ts';
import type { Timeline } from '../../observe/timeline.ts';
import { type Instant, plus, seconds } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';
import {
  claimed,
  ends,
  hasPriority,
  held,
  pausedOrNot,
  type Replay,
  type SeenRouter,
  starts,
} from './seen-router.ts';

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
    known: router.members.map(({ priority }) => ({
      role: 'DOWN',
      runs: false,
      bootsSince: undefined,
      paused: false,
      claims: false,
      priority,
      held: new Set(),
      isSeen: false,
    })),
    impaired: new Set(),
  };
  const events = [...KINDS.flatMap((kind) => timeline.of(kind)), ...announcements(timeline)]
    .filter(({ at }) => at <= to)
    .sort((a, b) => a.at - b.at);
  const began = events[0]?.at ?? to;
  // A client that has learnt nothing yet cannot be wrong.
  for (let host = 0; host < hosts.length; host++)
    listener.change(began, { kind: 'deaf', virtual: 0, host, router: 0 });
  for (const event of events) replayEvent(replay, event);
  listener.ends(to);
  return replay.known.some(({ isSeen }) => isSeen);
}

function replayEvent(replay: Replay, event: LabEvent): void {
  for (const [r, one] of replay.known.entries()) {
    if (one.bootsSince === undefined) continue;
    const latest = plus(one.bootsSince, BOOT_MOST);
    if (latest <= event.at) starts(replay, latest, r, one);
  }
  if (event.kind === 'neighbor') {
    learnt(replay, event);
    return;
  }
  if (event.kind === 'fault' || event.kind === 'heal') {
    struck(replay, event);
    return;
  }
  const r = replay.names.indexOf(event.node ?? '');
  const one = replay.known[r];
  if (one !== undefined) replayOf(replay, r, one, event);
}

function replayOf(replay: Replay, r: number, one: SeenRouter, event: LabEvent): void {
  const { router, listener } = replay;
  const { at } = event;
  switch (event.kind) {
    case 'advert':
      if (isAdvertOf(router, event)) sent(replay, r, one, event);
      return;
    case 'garp':
      // The first address stands for all of them.
      if (event.segment === router.network && event.address === router.addresses[0]?.address)
        listener.change(at, { kind: 'announce', virtual: 0, router: r, count: 1 });
      return;
    case 'address-added':
    case 'address-removed':
      held(replay, r, one, event);
      return;
    case 'link':
      if (event.interface === router.network)
        listener.change(at, { kind: 'link', router: r, up: event.up });
      return;
    case 'node-down':
      one.held.clear();
      ends(replay, at, r, one, 'crash');
      return;
    case 'process-started':
      if ((event.process === 'router' || event.process === 'vrrp') && !one.runs)
        one.bootsSince ??= at;
      return;
    case 'process-exited':
      if (event.process === 'router' || event.process === 'vrrp') ends(replay, at, r, one, 'stop');
      return;
    case 'state':
      if (event.instance === router.name) claimed(replay, r, one, event);
      return;
    case 'priority':
      if (event.instance === router.name) hasPriority(replay, at, r, one, event.priority);
      return;
    default:
  }
}

function sent(replay: Replay, r: number, one: SeenRouter, advert: EventOf<'advert'>): void {
  const { at, priority, interval } = advert;
  if (one.bootsSince !== undefined) starts(replay, at, r, one);
  if (priority > 0) hasPriority(replay, at, r, one, priority);
  replay.listener.sent(at, 0, r, priority, interval);
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
  else if (fault === 'process.pause') pausedOrNot(replay, at, r, one, begins);
  else if (fault === 'process.kill' && begins && one.runs) {
    // A child that dies is restarted at once, with or without its addresses.
    ends(replay, at, r, one, 'stop');
    one.bootsSince = at;
  }
}
