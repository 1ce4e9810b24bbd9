/**
 * One VRRP router of a simulated election: the pure engine, its process and its clock. What it hears it is told
 * as an advert that the receive checks have judged once; what those checks say is remembered with the
 * advert, because an Active sends the same bytes again and again.
 */
import type { DaemonConfig } from '../../engine/core/config.ts';
import { overslept, wake } from '../../engine/vrrp/instance.ts';
import { type InstanceState, nextDeadline } from '../../engine/vrrp/instance-state.ts';
import type { VrrpEffect, VrrpInput } from '../../engine/vrrp/io.ts';
import { receive } from '../../engine/vrrp/receive.ts';
import { stepRouter } from '../../engine/vrrp/router.ts';
import {
  createRouter,
  nextAside,
  nextRouterDeadline,
  type RouterState,
} from '../../engine/vrrp/router-state.ts';
import type { ScriptState } from '../../engine/vrrp/script-tracker.ts';
import type { ElectionListener, Role } from '../../observe/election.ts';
import { type Instant, type Micros, plus } from '../../time.ts';
import type { Advertised } from './advertised.ts';
import type { Case, RouterSpec } from './case.ts';
import { MemberClock } from './member-clock.ts';
import { addressOf, configOf, INTERFACE, quantised, RULES } from './profile.ts';

/** What the cluster does for a router. */
export interface Surroundings {
  readonly listener: ElectionListener;
  /** How often a router became Active. */
  elections: number;
  send(member: Member, at: Instant, effect: Extract<VrrpEffect, { kind: 'send' }>): void;
  announce(member: Member, at: Instant, virtual: number, count: number): void;
  /** A wake-up for this instant; only the last one asked for counts. */
  wakeAt(member: Member, at: Instant): void;
  script(member: Member, at: Instant, what: 'run' | 'end'): void;
  verdict(member: Member, at: Instant, up: boolean): void;
}

/** What a stopped process finds when it goes on. */
type Waiting =
  | { readonly kind: 'advert'; readonly advert: Advertised }
  | { readonly kind: 'input'; readonly input: () => VrrpInput };

/** Packets that fit into a socket nobody reads. */
const BACKLOG = 1_000;

export class Member {
  readonly index: number;
  spec: RouterSpec;
  /** Adverts sent of each virtual router, ever. */
  readonly sent: number[];
  readonly roles: Role[];
  instances: readonly InstanceState[] = [];
  life: 'dead' | 'runs' | 'paused' = 'dead';
  linkUp = true;
  readonly clock: MemberClock;
  /** The wake-up that counts; Infinity: none is under way. */
  wakeup = Number.POSITIVE_INFINITY;
  /** Grows with every start: what an earlier process had under way is void. */
  lives = 0;
  private config: DaemonConfig | undefined;
  private engine: RouterState | undefined;
  private waiting: Waiting[] = [];
  private terminated = false;
  private now: Instant = 0 as Instant;
  private readonly case: Case;
  private readonly around: Surroundings;
  private readonly grain: Micros | undefined;
  private readonly restartsAdvert: boolean;
  /** One virtual router without scripts: the engine's instance is driven directly. */
  readonly plain: boolean;
  private readonly emit = (effect: VrrpEffect): boolean => this.perform(effect);

  /** Adverts and timers take the way of a real host, through `stepRouter`. */
  private readonly decode: boolean;

  constructor(index: number, whole: Case, around: Surroundings, decode: boolean) {
    this.index = index;
    this.clock = new MemberClock(whole, index);
    this.case = whole;
    this.around = around;
    this.spec = whole.routers[index] as RouterSpec;
    this.sent = new Array<number>(whole.virtuals).fill(0);
    this.roles = new Array<Role>(whole.virtuals).fill('DOWN');
    this.grain = RULES[whole.profile].grain;
    this.restartsAdvert = RULES[whole.profile].anyPacketRestartsAdvert;
    this.decode = decode;
    this.plain = whole.virtuals === 1 && whole.check === undefined && !decode;
  }

  start(at: Instant): void {
    if (this.life !== 'dead') return;
    this.life = 'runs';
    this.lives++;
    this.terminated = false;
    this.waiting = [];
    this.around.listener.change(at, { kind: 'process', router: this.index, what: 'start' });
    for (let virtual = 0; virtual < this.roles.length; virtual++)
      this.role(at, virtual, 'INIT', 'start');
    this.config ??= this.newConfig();
    this.engine = createRouter(this.config);
    this.instances = this.engine.instances;
    this.input(at, this.status());
    this.input(at, { kind: 'startup' });
  }

  /** SIGKILL, and with the node go its addresses. */
  crash(at: Instant): boolean {
    if (this.life === 'dead') return false;
    this.around.listener.change(at, { kind: 'process', router: this.index, what: 'crash' });
    this.ends(at, 'crash');
    return true;
  }

  /** SIGTERM; a stopped process hears it when it goes on. */
  stop(at: Instant): boolean {
    if (this.life === 'dead' || this.terminated) return false;
    if (this.life === 'paused') {
      this.terminated = true;
      return true;
    }
    this.input(at, { kind: 'shutdown' });
    this.around.listener.change(at, { kind: 'process', router: this.index, what: 'stop' });
    this.ends(at, 'stop');
    return true;
  }

  private ends(at: Instant, cause: string): void {
    this.life = 'dead';
    this.engine = undefined;
    this.instances = [];
    this.wakeup = Number.POSITIVE_INFINITY;
    this.waiting = [];
    for (let virtual = 0; virtual < this.roles.length; virtual++) {
      if (this.roles[virtual] === 'MASTER')
        this.around.listener.change(at, { kind: 'withdraw', virtual, router: this.index });
      this.role(at, virtual, 'DOWN', cause);
    }
  }

  pause(at: Instant): boolean {
    if (this.life !== 'runs') return false;
    this.life = 'paused';
    this.around.listener.change(at, { kind: 'process', router: this.index, what: 'pause' });
    return true;
  }

  resume(at: Instant): void {
    if (this.life !== 'paused') return;
    this.life = 'runs';
    this.around.listener.change(at, { kind: 'process', router: this.index, what: 'resume' });
    const { waiting } = this;
    this.waiting = [];
    for (const one of waiting) {
      if (one.kind === 'advert') this.take(at, one.advert);
      else this.input(at, one.input());
    }
    this.wake(at);
    if (this.terminated) {
      this.terminated = false;
      this.stop(at);
    }
  }

  link(at: Instant, up: boolean): void {
    this.linkUp = up;
    this.around.listener.change(at, { kind: 'link', router: this.index, up });
    this.later(at, () => this.status());
  }

  reload(at: Instant, spec: RouterSpec): void {
    this.spec = spec;
    const config = this.newConfig();
    this.config = config;
    // A stopped process reads the file when it goes on, however often it was signalled.
    this.later(at, () => ({ kind: 'config', config: this.config ?? config }));
  }

  /** The wall clock jumps; only signatures look at it. */
  wallClock(at: Instant, by: number): void {
    this.later(at, () => ({ kind: 'clock', utc: at + by }));
  }

  scriptEnded(at: Instant, ok: boolean): void {
    this.later(at, () => ({ kind: 'script-ended', name: 'check', ok }));
  }

  /** An input that a stopped process finds when it goes on. */
  private later(at: Instant, input: () => VrrpInput): void {
    if (this.life === 'paused') this.waiting.push({ kind: 'input', input });
    else if (this.life === 'runs') this.input(at, input());
  }

  /** A packet as it came, whatever is wrong with it. */
  garbage(at: Instant, packet: Extract<VrrpInput, { kind: 'packet' }>): void {
    if (this.life !== 'runs' || !this.linkUp) return;
    this.around.listener.change(at, { kind: 'garbage', virtual: 0, router: this.index });
    this.restartAdvert(0);
    this.input(at, packet);
  }

  hear(at: Instant, advert: Advertised): void {
    if (this.life === 'runs' && this.linkUp) this.take(at, advert);
    else if (this.life === 'paused' && this.linkUp && this.waiting.length < BACKLOG)
      this.waiting.push({ kind: 'advert', advert });
    else this.around.listener.missed(at, advert.virtual, this.index, advert.from, advert.priority);
  }

  private take(at: Instant, advert: Advertised): void {
    const { virtual, from, priority, interval, source } = advert;
    const instance = this.instances[virtual];
    if (instance === undefined) return;
    const outcome = advert.outcomeAt(this.index, instance);
    const accepted = outcome === 'accepted';
    this.around.listener.heard(at, virtual, this.index, from, priority, interval, accepted);
    this.at(at);
    if (outcome === 'owner' && priority === 255) this.ownerConflict(at, instance.config.name);
    this.restartAdvert(virtual);
    if (this.decode) this.input(at, advert.packet());
    else if (accepted && advert.content !== undefined) {
      const before = this.downs();
      overslept(instance, this.localNow, this.emit);
      receive(instance, advert.content, source, this.localNow, this.emit);
      this.roundDown(before);
    }
    this.arm(at);
  }

  /** keepalived's Adver_Timer restarts with any packet for its VRID, and it answers every loser. */
  private restartAdvert(virtual: number): void {
    const instance = this.instances[virtual];
    if (!this.restartsAdvert || instance?.advertAt === undefined) return;
    instance.advertAt = plus(this.localNow, instance.config.advertInterval);
    instance.answered = [];
  }

  /** The wake-up it asked for has come; whether it was the one that counts. */
  woken(at: Instant): boolean {
    if (at !== this.wakeup) return false;
    this.wakeup = Number.POSITIVE_INFINITY;
    if (this.life !== 'runs') return false;
    // The deadline may have moved since: timers are not taken back, they ask again.
    if (this.dueAt() > at) this.arm(at);
    else this.wake(at);
    return true;
  }

  private wake(at: Instant): void {
    const [instance] = this.instances;
    if (!this.plain || instance === undefined) {
      if (this.engine !== undefined) this.input(at, { kind: 'wake' });
      return;
    }
    this.at(at);
    const before = this.downs();
    wake(instance, this.localNow, this.emit);
    this.roundDown(before);
    this.arm(at);
  }

  private input(at: Instant, input: VrrpInput): void {
    if (this.engine === undefined) return;
    this.at(at);
    const before = this.downs();
    stepRouter(this.engine, input, this.localNow, this.emit);
    this.instances = this.engine.instances;
    this.roundDown(before);
    this.arm(at);
  }

  private downs(): readonly (Instant | undefined)[] | undefined {
    return this.grain === undefined ? undefined : this.instances.map(({ downAt }) => downAt);
  }

  /** Every down timer that was set meanwhile, to the profile's grain; a sync group sets several at once. */
  private roundDown(before: readonly (Instant | undefined)[] | undefined): void {
    const { grain } = this;
    if (grain === undefined || before === undefined) return;
    for (const [i, instance] of this.instances.entries())
      if (instance.downAt !== before[i]) instance.downAt = quantised(instance, grain);
  }

  private localNow: Instant = 0 as Instant;

  private at(at: Instant): void {
    this.now = at;
    this.localNow = this.clock.localOf(at);
  }

  /** The next deadline on its own clock. */
  deadline(): Instant | undefined {
    const [instance] = this.instances;
    if (this.plain) return instance === undefined ? undefined : nextDeadline(instance);
    return this.engine === undefined ? undefined : nextRouterDeadline(this.engine);
  }

  /** What it waits for beside its virtual routers and scripts. */
  aside(): Instant | undefined {
    return this.plain || this.engine === undefined ? undefined : nextAside(this.engine);
  }

  get scripts(): readonly ScriptState[] {
    return this.plain || this.engine === undefined ? [] : this.engine.scripts;
  }

  /** When its timer will really fire; Infinity: never. */
  private dueAt(): number {
    const deadline = this.deadline();
    if (deadline === undefined) return Number.POSITIVE_INFINITY;
    return this.clock.firesAt(deadline, this.instances);
  }

  /** Asks to be woken at the next deadline, unless an earlier wake-up is under way anyway. */
  arm(at: Instant): void {
    if (this.life !== 'runs') return;
    const deadline = this.deadline();
    // An earlier wake-up is under way: the usual case of a Backup that has heard an advert.
    if (deadline === undefined || this.clock.trueOf(deadline) >= this.wakeup) return;
    const due = this.dueAt();
    if (due >= this.wakeup) return;
    const wakeup = (due > at ? due : at) as Instant;
    this.wakeup = wakeup;
    this.around.wakeAt(this, wakeup);
  }

  private perform(effect: VrrpEffect): boolean {
    const at = this.now;
    const { listener } = this.around;
    switch (effect.kind) {
      case 'send':
        if (!this.linkUp) return false;
        this.around.send(this, at, effect);
        return true;
      case 'install':
      case 'withdraw': {
        const virtual = Number(effect.instance);
        listener.change(at, { kind: effect.kind, virtual, router: this.index });
        return true;
      }
      case 'announce':
        this.around.announce(this, at, Number(effect.instance), effect.repeat);
        return true;
      case 'state':
        if (effect.reason === 'higher-address') this.ownerConflict(at, effect.instance);
        this.role(at, Number(effect.instance), effect.to, effect.reason);
        return true;
      case 'lower-priority':
        this.ownerConflict(at, effect.instance);
        return true;
      case 'run-script':
      case 'end-script':
        this.around.script(this, at, effect.kind === 'run-script' ? 'run' : 'end');
        return true;
      case 'script':
        this.around.verdict(this, at, effect.up);
        return true;
      case 'priority': {
        const { priority } = effect;
        const virtual = Number(effect.instance);
        listener.change(at, { kind: 'claimed-priority', virtual, router: this.index, priority });
        return true;
      }
      case 'stalled': {
        const virtual = Number(effect.instance);
        listener.change(at, { kind: 'stalled', virtual, router: this.index });
        return true;
      }
      default:
        return true; // told to people by a real host
    }
  }

  /** Whatever an owner says of another Active with its priority is the report of a conflict. */
  private ownerConflict(at: Instant, instance: string): void {
    const virtual = Number(instance);
    if (this.spec.priority === 255)
      this.around.listener.change(at, { kind: 'owner-conflict', virtual, router: this.index });
  }

  private role(at: Instant, virtual: number, to: Role, cause: string): void {
    const from = this.roles[virtual] ?? 'DOWN';
    if (from === to) return;
    this.roles[virtual] = to;
    if (to === 'MASTER') this.around.elections++;
    this.around.listener.change(at, { kind: 'role', virtual, router: this.index, from, to, cause });
  }

  private newConfig(): DaemonConfig {
    return configOf(this.case, this.spec);
  }

  private status(): VrrpInput {
    const primary4 = this.spec.address ?? addressOf(this.index);
    return {
      kind: 'interface',
      status: { name: INTERFACE, up: this.linkUp, primary4, primary6: undefined },
    };
  }
}
