/** What the rest of an election observes of one router: effects of its engine carried out, changes reported. */
import type { VrrpEffect } from '../../engine/vrrp/io.ts';
import type { ElectionChange, ElectionListener, Role } from '../../observe/election.ts';
import type { Instant } from '../../time.ts';
import type { RouterSpec } from './case.ts';

export interface ReportingRouter {
  readonly index: number;
  readonly spec: RouterSpec;
  readonly linkUp: boolean;
}

/** What the election does for a router's effects. */
export interface ReportContext<Router extends ReportingRouter> {
  readonly listener: ElectionListener;
  /** How often a router became Active. */
  elections: number;
  send(member: Router, at: Instant, effect: Extract<VrrpEffect, { kind: 'send' }>): void;
  announce(member: Router, at: Instant, virtual: number, count: number): void;
  script(member: Router, at: Instant, what: 'run' | 'end'): void;
  verdict(member: Router, at: Instant, up: boolean): void;
}

export class MemberReport<Router extends ReportingRouter> {
  private readonly member: Router;
  private readonly router: number;
  private readonly current: Role[];
  private readonly context: ReportContext<Router>;

  constructor(member: Router, virtuals: number, context: ReportContext<Router>) {
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
        context.send(member, at, effect);
        return true;
      case 'install':
      case 'withdraw':
      case 'stalled':
        listener.change(at, { kind: effect.kind, virtual: Number(effect.instance), router });
        return true;
      case 'announce':
        context.announce(member, at, Number(effect.instance), effect.repeat);
        return true;
      case 'state':
        if (effect.reason === 'higher-address') this.ownerConflict(at, Number(effect.instance));
        this.role(at, Number(effect.instance), effect.to, effect.reason);
        return true;
      case 'lower-priority':
        this.ownerConflict(at, Number(effect.instance));
        return true;
      case 'run-script':
      case 'end-script':
        context.script(member, at, effect.kind === 'run-script' ? 'run' : 'end');
        return true;
      case 'script':
        context.verdict(member, at, effect.up);
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
