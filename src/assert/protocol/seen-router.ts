/** The evidence about one router of a lab, converted into changes of the stream (`from-timeline.ts`). */
import { claimedRole } from '../../observe/claimed-role.ts';
import type { ElectionListener, Role } from '../../observe/election.ts';
import type { EventOf } from '../../observe/event.ts';
import type { Instant } from '../../time.ts';
import type { VirtualRouter } from '../../topology/topology.ts';

export class SeenRouter {
  role: Role = 'DOWN';
  runs = false;
  /** Its process was seen to begin and has reported no state since. */
  bootsSince: Instant | undefined;
  isSeen = false;
  private paused = false;
  /** It reported a state that is understood since it started: its reports count, not its addresses. */
  private claims = false;
  private priority: number;
  private readonly configured: number;
  private readonly held = new Set<string>();
  private readonly addresses: ReadonlySet<string>;
  private readonly listener: ElectionListener;
  /** Its index in the stream. */
  private readonly index: number;

  constructor({ addresses, members }: VirtualRouter, index: number, listener: ElectionListener) {
    this.configured = members[index]?.priority ?? 0;
    this.priority = this.configured;
    this.addresses = new Set(addresses.map(({ address }) => address));
    this.listener = listener;
    this.index = index;
  }

  sends({ at, priority, interval }: EventOf<'advert'>): void {
    if (this.bootsSince !== undefined) this.starts(at);
    if (priority > 0) this.hasPriority(at, priority);
    this.listener.sent(at, 0, this.index, priority, interval);
  }

  hasPriority(at: Instant, priority: number): void {
    if (this.priority === priority) return;
    this.priority = priority;
    const { listener, index: router } = this;
    // A lab cannot distinguish the wanted priority from the claimed one.
    listener.change(at, { kind: 'priority', router, priority });
    listener.change(at, { kind: 'claimed-priority', virtual: 0, router, priority });
  }

  starts(at: Instant): void {
    if (this.runs) return;
    this.runs = true;
    this.bootsSince = undefined;
    this.paused = false;
    this.priority = this.configured;
    this.listener.change(at, { kind: 'process', router: this.index, what: 'start' });
  }

  ends(at: Instant, what: 'crash' | 'stop'): void {
    this.bootsSince = undefined;
    this.claims = false;
    if (what === 'crash') this.held.clear();
    if (!this.runs) return;
    this.runs = false;
    this.listener.change(at, { kind: 'process', router: this.index, what });
    this.becomes(at, 'DOWN');
  }

  holds({ at, address, kind }: EventOf<'address-added'> | EventOf<'address-removed'>): void {
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

  claimed({ at, state }: EventOf<'state'>): void {
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

  pauses(at: Instant, on: boolean): void {
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
