/** The evidence about one router of a lab, converted into changes of the stream (`from-timeline.ts`). */
import { isAdvertOf } from '../../observe/adverts.ts';
import { claimedRole } from '../../observe/claimed-role.ts';
import type { ElectionListener, Role } from '../../observe/election.ts';
import type { EventOf, LabEvent } from '../../observe/event.ts';
import { type Instant, plus, seconds } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';

/** A process reads its configuration before it listens; after this long without a report it must be listening. */
const BOOT_MOST = seconds(5);

export class SeenRouter {
  isSeen = false;
  readonly node: string;
  /** Its index in the stream. */
  readonly index: number;
  private role: Role = 'DOWN';
  private runs = false;
  /** Its process was seen to begin and has reported no state since. */
  private bootsSince: Instant | undefined;
  private paused = false;
  /** It reported a state that is understood since it started: its reports count, not its addresses. */
  private claims = false;
  private priority: number;
  private readonly configured: number;
  private readonly held = new Set<string>();
  private readonly addresses: ReadonlySet<string>;
  private readonly router: VirtualRouter;
  private readonly listener: ElectionListener;

  constructor(router: VirtualRouter, index: number, listener: ElectionListener) {
    const { node = '', priority = 0 } = router.members[index] ?? {};
    this.node = node;
    this.index = index;
    this.configured = priority;
    this.priority = priority;
    this.addresses = new Set(router.addresses.map(({ address }) => address));
    this.router = router;
    this.listener = listener;
  }

  /** It has booted by `now` if that took the longest possible time. */
  bootsUntil(now: Instant): void {
    if (this.bootsSince === undefined) return;
    const latest = plus(this.bootsSince, BOOT_MOST);
    if (latest <= now) this.starts(latest);
  }

  /** An event of its node. */
  sees(event: LabEvent): void {
    const { router, index, listener } = this;
    const { at } = event;
    switch (event.kind) {
      case 'advert':
        if (isAdvertOf(router, event)) this.sends(event);
        return;
      case 'garp':
        // The first address represents all of them.
        if (event.segment === router.network && event.address === router.addresses[0]?.address)
          listener.change(at, { kind: 'announce', virtual: 0, router: index, count: 1 });
        return;
      case 'address-added':
      case 'address-removed':
        this.holds(event);
        return;
      case 'link':
        if (event.interface === router.network)
          listener.change(at, { kind: 'link', router: index, up: event.up });
        return;
      case 'node-down':
        this.ends(at, 'crash');
        return;
      case 'process-started':
        if (isRouter(event) && !this.runs) this.bootsSince ??= at;
        return;
      case 'process-exited':
        if (isRouter(event)) this.ends(at, 'stop');
        return;
      case 'state':
        if (event.instance === router.name) this.claimed(event);
        return;
      case 'priority':
        if (event.instance === router.name) this.hasPriority(at, event.priority);
        return;
      case 'fault':
      case 'heal':
        this.struck(event);
        return;
      default:
    }
  }

  private struck({ at, kind, fault }: EventOf<'fault'> | EventOf<'heal'>): void {
    const begins = kind === 'fault';
    if (fault === 'process.pause') this.pauses(at, begins);
    else if (fault === 'clock.step' && begins)
      this.listener.change(at, { kind: 'wall-clock', router: this.index });
    else if (fault === 'process.kill' && begins && this.runs) {
      // A child that dies is restarted at once, with or without its addresses.
      this.ends(at, 'stop');
      this.bootsSince = at;
    }
  }

  private sends({ at, priority, interval }: EventOf<'advert'>): void {
    if (this.bootsSince !== undefined) this.starts(at);
    if (priority > 0) this.hasPriority(at, priority);
    this.listener.sent(at, 0, this.index, priority, interval);
  }

  private hasPriority(at: Instant, priority: number): void {
    if (this.priority === priority) return;
    this.priority = priority;
    const { listener, index: router } = this;
    // A lab cannot distinguish the wanted priority from the claimed one.
    listener.change(at, { kind: 'priority', router, priority });
    listener.change(at, { kind: 'claimed-priority', virtual: 0, router, priority });
  }

  private starts(at: Instant): void {
    if (this.runs) return;
    this.runs = true;
    this.bootsSince = undefined;
    this.paused = false;
    this.priority = this.configured;
    this.listener.change(at, { kind: 'process', router: this.index, what: 'start' });
  }

  private ends(at: Instant, what: 'crash' | 'stop'): void {
    this.bootsSince = undefined;
    this.claims = false;
    if (what === 'crash') this.held.clear();
    if (!this.runs) return;
    this.runs = false;
    this.listener.change(at, { kind: 'process', router: this.index, what });
    this.becomes(at, 'DOWN');
  }

  private holds({
    at,
    address,
    kind,
  }: EventOf<'address-added'> | EventOf<'address-removed'>): void {
    if (!this.addresses.has(address)) return;
    if (kind === 'address-added') this.held.add(address);
    else this.held.delete(address);
    const { listener, index: router } = this;
    const all = this.held.size === this.addresses.size;
    if (all) listener.change(at, { kind: 'install', virtual: 0, router });
    else if (this.held.size === 0) listener.change(at, { kind: 'withdraw', virtual: 0, router });
    // A router that reports no state has booted when it takes the addresses.
    if (all && this.bootsSince !== undefined) this.starts(at);
    this.heldRole(at);
  }

  private claimed({ at, state }: EventOf<'state'>): void {
    const role = claimedRole(state);
    if (role === 'same') return;
    if (role === 'unknown') {
      this.claims = false;
      this.heldRole(at);
    } else if (role === 'DOWN') {
      // An orderly stop: the end of its process is seen later.
      this.ends(at, 'stop');
    } else {
      this.starts(at);
      this.claims = true;
      this.becomes(at, role);
    }
  }

  private pauses(at: Instant, on: boolean): void {
    if (this.paused === on || !this.runs) return;
    this.paused = on;
    const what = on ? 'pause' : 'resume';
    this.listener.change(at, { kind: 'process', router: this.index, what });
  }

  /** The role of a router that reports no state that is understood: from the addresses it holds. */
  private heldRole(at: Instant): void {
    if (this.claims || !this.runs) return;
    if (this.held.size === this.addresses.size) this.becomes(at, 'MASTER');
    else if (this.held.size === 0) this.becomes(at, 'BACKUP');
  }

  /** Without a cause: no evidence shows whether the cause that the engine gives is right. */
  private becomes(at: Instant, to: Role): void {
    const from = this.role;
    if (from === to) return;
    this.role = to;
    this.isSeen = true;
    const { listener, index: router } = this;
    listener.change(at, { kind: 'role', virtual: 0, router, from, to, cause: '' });
  }
}

function isRouter({ process }: EventOf<'process-started'> | EventOf<'process-exited'>): boolean {
  return process === 'router' || process === 'vrrp';
}
