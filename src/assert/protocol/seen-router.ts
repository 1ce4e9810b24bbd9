/** One router of a lab: each observation of it becomes changes of the stream that the invariants judge. */
import { claimedRole } from '../../observe/claimed-role.ts';
import type { ElectionChange, ElectionListener, Role } from '../../observe/election.ts';
import type { EventOf } from '../../observe/event.ts';
import type { Timeline } from '../../observe/timeline.ts';
import type { Instant } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';

/** What was seen of one router. */
export interface SeenRouter {
  role: Role;
  runs: boolean;
  /** Its process was seen to begin and has reported no state since. */
  bootsSince: Instant | undefined;
  paused: boolean;
  /** It reported a state that is understood since it started: its reports count, not its addresses. */
  claims: boolean;
  priority: number;
  readonly held: Set<string>;
  isSeen: boolean;
}

export interface Replay {
  readonly router: VirtualRouter;
  readonly timeline: Timeline;
  readonly listener: ElectionListener;
  readonly names: readonly string[];
  readonly hosts: readonly string[];
  readonly known: readonly SeenRouter[];
  /** Ids of impairing faults under way. */
  readonly impaired: Set<string>;
}

export function hasPriority(
  { listener }: Replay,
  at: Instant,
  r: number,
  one: SeenRouter,
  to: number,
): void {
  if (one.priority === to) return;
  one.priority = to;
  // A lab sees no difference between the priority that is wanted and the one that is claimed.
  listener.change(at, { kind: 'priority', router: r, priority: to });
  listener.change(at, { kind: 'claimed-priority', virtual: 0, router: r, priority: to });
}

export function starts(
  { listener, router }: Replay,
  at: Instant,
  r: number,
  one: SeenRouter,
): void {
  if (one.runs) return;
  Object.assign(one, { runs: true, bootsSince: undefined, paused: false });
  one.priority = router.members[r]?.priority ?? one.priority;
  listener.change(at, { kind: 'process', router: r, what: 'start' });
}

export function ends(
  replay: Replay,
  at: Instant,
  r: number,
  one: SeenRouter,
  what: 'crash' | 'stop',
): void {
  Object.assign(one, { bootsSince: undefined, claims: false });
  if (!one.runs) return;
  one.runs = false;
  replay.listener.change(at, { kind: 'process', router: r, what });
  becomes(replay, at, r, one, 'DOWN');
}

export function held(
  replay: Replay,
  r: number,
  one: SeenRouter,
  event: EventOf<'address-added'> | EventOf<'address-removed'>,
): void {
  const { router, listener } = replay;
  const { at, address, kind } = event;
  if (!router.addresses.some((own) => own.address === address)) return;
  if (kind === 'address-added') one.held.add(address);
  else one.held.delete(address);
  const all = one.held.size === router.addresses.length;
  if (all) listener.change(at, { kind: 'install', virtual: 0, router: r });
  else if (one.held.size === 0) listener.change(at, { kind: 'withdraw', virtual: 0, router: r });
  // A router that reports no state has booted when it takes the addresses.
  if (all && one.bootsSince !== undefined) starts(replay, at, r, one);
  heldRole(replay, at, r, one);
}

export function claimed(replay: Replay, r: number, one: SeenRouter, event: EventOf<'state'>): void {
  const { at } = event;
  const meant = claimedRole(event.state);
  switch (meant) {
    case 'same':
      return;
    case 'unknown':
      one.claims = false;
      heldRole(replay, at, r, one);
      return;
    case 'DOWN':
      // An orderly stop: the end of its process is seen later.
      ends(replay, at, r, one, 'stop');
      return;
    default:
      starts(replay, at, r, one);
      one.claims = true;
      becomes(replay, at, r, one, meant);
  }
}

/** The role of a router that reports no state that is understood: from the addresses it holds. */
function heldRole(replay: Replay, at: Instant, r: number, one: SeenRouter): void {
  if (one.claims || !one.runs) return;
  if (one.held.size === replay.router.addresses.length) becomes(replay, at, r, one, 'MASTER');
  else if (one.held.size === 0) becomes(replay, at, r, one, 'BACKUP');
}

/** Without a cause: no evidence shows whether the cause that the engine gives is right. */
function becomes({ listener }: Replay, at: Instant, r: number, one: SeenRouter, to: Role): void {
  const from = one.role;
  if (from === to) return;
  one.role = to;
  one.isSeen = true;
  listener.change(at, { kind: 'role', virtual: 0, router: r, from, to, cause: '' });
}

export function pausedOrNot(
  { listener }: Replay,
  at: Instant,
  r: number,
  one: SeenRouter,
  on: boolean,
): void {
  if (one.paused === on || !one.runs) return;
  one.paused = on;
  const what: Extract<ElectionChange, { kind: 'process' }>['what'] = on ? 'pause' : 'resume';
  listener.change(at, { kind: 'process', router: r, what });
}
