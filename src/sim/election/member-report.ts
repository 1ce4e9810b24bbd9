/** Connects one router to the election: carries out effects of its engine and reports changes. */
import type { VrrpEffect } from '../../engine/vrrp/io.ts';
import type { ElectionChange, ElectionListener, Role } from '../../observe/election.ts';
import type { Instant } from '../../time.ts';
import type { RouterSpec } from './case.ts';

/** What the election does for a router, which is named by its index. */
export interface MemberContext {
  readonly listener: ElectionListener;
  /** How often a router became Active. */
  elections: number;
  /** A wake-up for this instant; only the last one asked for counts. */
  wakeAt(router: number, at: Instant): void;
  send(router: number, at: Instant, effect: Extract<VrrpEffect, { kind: 'send' }>): void;
  announce(router: number, at: Instant, virtual: number, count: number): void;
  /** Its tracked script. */
  readonly checks: {
    run(router: number, at: Instant): void;
    end(router: number, at: Instant): void;
    verdict(router: number, at: Instant, up: boolean): void;
  };
}

export class MemberReport {
  private readonly member: { readonly spec: RouterSpec; readonly linkUp: boolean };
  private readonly router: number;
  private readonly current: Role[];
  private readonly context: MemberContext;

  constructor(
    member: MemberReport['member'] & { readonly index: number },
    virtuals: number,
    context: MemberContext,
  ) {
    this.member = member;
    this.router = member.index;
    this.current = new Array<Role>(virtuals).fill('DOWN');
    this.context = context;
  }

  process(at: Instant, what: Extract<ElectionChange, { kind: 'process' }>['what']): void {
    this.context.listener.change(at, { kind: 'process', router: this.router, what });
  }

  /** The process has started or is gone: the same role for all its virtual routers. */
  roles(at: Instant, to: 'INIT' | 'DOWN', cause: string): void {
    const { router, current } = this;
    for (let virtual = 0; virtual < current.length; virtual++) {
      if (current[virtual] === 'MASTER')
        this.context.listener.change(at, { kind: 'withdraw', virtual, router });
      this.role(at, virtual, to, cause);
    }
  }

  perform(at: Instant, effect: VrrpEffect): boolean {
    const { member, context, router } = this;
    const { listener } = context;
    switch (effect.kind) {
      case 'send':
        if (!member.linkUp) return false;
        context.send(router, at, effect);
        return true;
      case 'install':
      case 'withdraw':
      case 'stalled':
        listener.change(at, { kind: effect.kind, virtual: Number(effect.instance), router });
        return true;
      case 'announce':
        context.announce(router, at, Number(effect.instance), effect.repeat);
        return true;
      case 'state':
        if (effect.reason === 'higher-address') this.ownerConflict(at, Number(effect.instance));
        this.role(at, Number(effect.instance), effect.to, effect.reason);
        return true;
      case 'lower-priority':
        this.ownerConflict(at, Number(effect.instance));
        return true;
      case 'run-script':
        context.checks.run(router, at);
        return true;
      case 'end-script':
        context.checks.end(router, at);
        return true;
      case 'script':
        context.checks.verdict(router, at, effect.up);
        return true;
      case 'priority': {
        const { priority } = effect;
        const virtual = Number(effect.instance);
        listener.change(at, { kind: 'claimed-priority', virtual, router, priority });
        return true;
      }
      default:
        return true; // A real host logs it.
    }
  }

  /** Any report of an owner about another Active with its priority is the report of a conflict. */
  ownerConflict(at: Instant, virtual: number): void {
    const { router } = this;
    if (this.member.spec.priority === 255)
      this.context.listener.change(at, { kind: 'owner-conflict', virtual, router });
  }

  private role(at: Instant, virtual: number, to: Role, cause: string): void {
    const { router, current } = this;
    const from = current[virtual] ?? 'DOWN';
    if (from === to) return;
    current[virtual] = to;
    if (to === 'MASTER') this.context.elections++;
    this.context.listener.change(at, { kind: 'role', virtual, router, from, to, cause });
  }
}
