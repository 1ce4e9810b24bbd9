/**
 * What a lab saw of one virtual router, turned into the stream that the invariants judge, as far as the evidence goes:
 *
 *   tap: adverts -> sent, announcements -> announce      kernel: addresses -> install, withdraw; links; neighbours -> learnt
 *   agent: nodes and processes -> process                engine: its claims -> role (without, or not understood: who holds the addresses)
 *   lab: pauses -> process; what impairs the network or the timers -> noise, while it lasts
 *
 * Who received an advert is not seen, so nothing is `heard`: S1, S2, L2-L7 and all that asks for it cannot be judged.
 * A FAULT is taken at its word, because what tracked objects look at is not seen either.
 */
import { isAdvertOf } from '../../observe/adverts.ts';
import { announcements } from '../../observe/announcements.ts';
import { claimedRole } from '../../observe/claimed-role.ts';
import type { ElectionChange, ElectionListener, Role } from '../../observe/election.ts';
import type { EventKind, EventOf, LabEvent } from '../../observe/event.ts';
import type { Timeline } from '../../observe/timeline.ts';
import { type Instant, plus, seconds } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';

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

/** Faults that no other event tells of exactly, and that void every bound while they last. */
const IMPAIRS: readonly string[] = [
  'link.down',
  'vrrp.block',
  'vrrp.lose',
  'vrrp.forge',
  'process.slow',
];
/** A process has to read its configuration before it listens; one silent for this long should listen by now. */
const BOOT_MOST = seconds(5);

/** What is known of one router. */
interface Known {
  role: Role;
  runs: boolean;
  /** Its process was seen to begin and has told of no state since. */
  bootsSince: Instant | undefined;
  paused: boolean;
  /** The last word that it said since it started is understood: its word counts, not its addresses. */
  claims: boolean;
  priority: number;
  readonly held: Set<string>;
  isSeen: boolean;
}

interface Telling {
  readonly router: VirtualRouter;
  readonly timeline: Timeline;
  readonly listener: ElectionListener;
  readonly names: readonly string[];
  readonly hosts: readonly string[];
  readonly known: readonly Known[];
  /** Ids of impairing faults under way. */
  readonly impaired: Set<string>;
}

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

/** Tells `listener` everything up to `to`; whether any router was seen in a role at all. */
export function tellTimeline(
  timeline: Timeline,
  router: VirtualRouter,
  hosts: readonly string[],
  listener: ElectionListener,
  to: Instant,
): boolean {
  const telling: Telling = {
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
  // What a client has not learnt yet it cannot know wrongly.
  for (let host = 0; host < hosts.length; host++)
    listener.change(began, { kind: 'deaf', virtual: 0, host, router: 0 });
  for (const event of events) tell(telling, event);
  listener.ends(to);
  return telling.known.some(({ isSeen }) => isSeen);
}

function tell(telling: Telling, event: LabEvent): void {
  for (const [r, one] of telling.known.entries()) {
    if (one.bootsSince === undefined) continue;
    const latest = plus(one.bootsSince, BOOT_MOST);
    if (latest <= event.at) starts(telling, latest, r, one);
  }
  if (event.kind === 'neighbor') {
    learnt(telling, event);
    return;
  }
  if (event.kind === 'fault' || event.kind === 'heal') {
    struck(telling, event);
    return;
  }
  const r = telling.names.indexOf(event.node ?? '');
  const one = telling.known[r];
  if (one !== undefined) tellOf(telling, r, one, event);
}

function tellOf(telling: Telling, r: number, one: Known, event: LabEvent): void {
  const { router, listener } = telling;
  const { at } = event;
  switch (event.kind) {
    case 'advert':
      if (isAdvertOf(router, event)) sent(telling, r, one, event);
      return;
    case 'garp':
      // The first address stands for all of them.
      if (event.segment === router.network && event.address === router.addresses[0]?.address)
        listener.change(at, { kind: 'announce', virtual: 0, router: r, count: 1 });
      return;
    case 'address-added':
    case 'address-removed':
      held(telling, r, one, event);
      return;
    case 'link':
      if (event.interface === router.network)
        listener.change(at, { kind: 'link', router: r, up: event.up });
      return;
    case 'node-down':
      one.held.clear();
      ends(telling, at, r, one, 'crash');
      return;
    case 'process-started':
      if ((event.process === 'router' || event.process === 'vrrp') && !one.runs)
        one.bootsSince ??= at;
      return;
    case 'process-exited':
      if (event.process === 'router' || event.process === 'vrrp') ends(telling, at, r, one, 'stop');
      return;
    case 'state':
      if (event.instance === router.name) claimed(telling, r, one, event);
      return;
    case 'priority':
      if (event.instance === router.name) hasPriority(telling, at, r, one, event.priority);
      return;
    default:
  }
}

function sent(telling: Telling, r: number, one: Known, advert: EventOf<'advert'>): void {
  const { at, priority, interval } = advert;
  if (one.bootsSince !== undefined) starts(telling, at, r, one);
  if (priority > 0) hasPriority(telling, at, r, one, priority);
  telling.listener.sent(at, 0, r, priority, interval);
}

function hasPriority({ listener }: Telling, at: Instant, r: number, one: Known, to: number): void {
  if (one.priority === to) return;
  one.priority = to;
  // By what the lab sees it is what the case wants as well.
  listener.change(at, { kind: 'priority', router: r, priority: to });
  listener.change(at, { kind: 'claimed-priority', virtual: 0, router: r, priority: to });
}

function starts({ listener, router }: Telling, at: Instant, r: number, one: Known): void {
  if (one.runs) return;
  Object.assign(one, { runs: true, bootsSince: undefined, paused: false });
  one.priority = router.members[r]?.priority ?? one.priority;
  listener.change(at, { kind: 'process', router: r, what: 'start' });
}

function ends(telling: Telling, at: Instant, r: number, one: Known, what: 'crash' | 'stop'): void {
  Object.assign(one, { bootsSince: undefined, claims: false });
  if (!one.runs) return;
  one.runs = false;
  telling.listener.change(at, { kind: 'process', router: r, what });
  becomes(telling, at, r, one, 'DOWN');
}

function held(
  telling: Telling,
  r: number,
  one: Known,
  event: EventOf<'address-added'> | EventOf<'address-removed'>,
): void {
  const { router, listener } = telling;
  const { at, address, kind } = event;
  if (!router.addresses.some((own) => own.address === address)) return;
  if (kind === 'address-added') one.held.add(address);
  else one.held.delete(address);
  const all = one.held.size === router.addresses.length;
  if (all) listener.change(at, { kind: 'install', virtual: 0, router: r });
  else if (one.held.size === 0) listener.change(at, { kind: 'withdraw', virtual: 0, router: r });
  // Whoever says nothing of its state has booted when it takes the addresses.
  if (all && one.bootsSince !== undefined) starts(telling, at, r, one);
  heldRole(telling, at, r, one);
}

function claimed(telling: Telling, r: number, one: Known, event: EventOf<'state'>): void {
  const { at } = event;
  const meant = claimedRole(event.state);
  switch (meant) {
    case 'same':
      return;
    case 'unknown':
      one.claims = false;
      heldRole(telling, at, r, one);
      return;
    case 'DOWN':
      // It stops in order; that its process has ended is seen later.
      ends(telling, at, r, one, 'stop');
      return;
    default:
      starts(telling, at, r, one);
      one.claims = true;
      becomes(telling, at, r, one, meant);
  }
}

/** Of a router that says nothing, or nothing that is understood: what it holds says what it is. */
function heldRole(telling: Telling, at: Instant, r: number, one: Known): void {
  if (one.claims || !one.runs) return;
  if (one.held.size === telling.router.addresses.length) becomes(telling, at, r, one, 'MASTER');
  else if (one.held.size === 0) becomes(telling, at, r, one, 'BACKUP');
}

/** Without a cause: whether the engine's word for it is right nobody has seen. */
function becomes({ listener }: Telling, at: Instant, r: number, one: Known, to: Role): void {
  const from = one.role;
  if (from === to) return;
  one.role = to;
  one.isSeen = true;
  listener.change(at, { kind: 'role', virtual: 0, router: r, from, to, cause: '' });
}

function learnt(telling: Telling, { at, node, address, mac }: EventOf<'neighbor'>): void {
  const { router, timeline, hosts, names, listener } = telling;
  const host = hosts.indexOf(node ?? '');
  if (host < 0 || mac === undefined || address !== router.addresses[0]?.address) return;
  const holder = names.indexOf(timeline.holderOf(mac, router.network) ?? '');
  if (holder >= 0) listener.change(at, { kind: 'learnt', virtual: 0, host, router: holder });
}

function struck(telling: Telling, event: EventOf<'fault'> | EventOf<'heal'>): void {
  const { impaired, listener, names, known } = telling;
  const { at, kind, fault, id } = event;
  const begins = kind === 'fault';
  if (IMPAIRS.includes(fault)) {
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
  else if (fault === 'process.pause') pausedOrNot(telling, at, r, one, begins);
  else if (fault === 'process.kill' && begins && one.runs) {
    // A child that dies is started again at once, with or without its addresses.
    ends(telling, at, r, one, 'stop');
    one.bootsSince = at;
  }
}

function pausedOrNot({ listener }: Telling, at: Instant, r: number, one: Known, on: boolean): void {
  if (one.paused === on || !one.runs) return;
  one.paused = on;
  const what: Extract<ElectionChange, { kind: 'process' }>['what'] = on ? 'pause' : 'resume';
  listener.change(at, { kind: 'process', router: r, what });
}
