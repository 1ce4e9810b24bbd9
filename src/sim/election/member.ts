/**
 * One VRRP router of a simulated election: the pure engine, its process and its clock. Adverts arrive with the results
 * of their receive checks, which are computed once, because an Active sends the same bytes again and again.
 */
import type { DaemonConfig } from '../../engine/core/config.ts';
import { earliest } from '../../engine/vrrp/deadlines.ts';
import { overslept, wake } from '../../engine/vrrp/instance.ts';
import type { InstanceState } from '../../engine/vrrp/instance-state.ts';
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
import { type Instant, type Micros, plus } from '../../time.ts';
import { type Life, ProcessLife } from '../process-life.ts';
import type { Advertised } from './advertised.ts';
import type { Case, RouterSpec } from './case.ts';
import { MemberClock } from './member-clock.ts';
import { type MemberContext, MemberReport } from './member-report.ts';
import { addressOf, configOf, downTimers, INTERFACE, RULES, roundDown } from './profile.ts';

export class Member {
  readonly index: number;
  spec: RouterSpec;
  /** Adverts sent of each virtual router, ever. */
  readonly sent: number[];
  instances: readonly InstanceState[] = [];
  linkUp = true;
  readonly clock: MemberClock;
  /** The wake-up that counts; Infinity: none is scheduled. */
  wakeup = Number.POSITIVE_INFINITY;
  /** A paused process queues adverts and the inputs that signals, scripts and links make. */
  readonly process: ProcessLife<Advertised | (() => VrrpInput)>;
  private config: DaemonConfig | undefined;
  private engine: RouterState | undefined;
  private now: Instant = 0 as Instant;
  /** `now` on its own clock. */
  private localNow: Instant = 0 as Instant;
  private readonly case: Case;
  private readonly context: MemberContext;
  private readonly report: MemberReport;
  private readonly grain: Micros | undefined;
  private readonly restartsAdvert: boolean;
  /** One virtual router without scripts: the engine's instance is driven directly. */
  readonly plain: boolean;
  /** Adverts and timers are processed as on a real host, through `stepRouter`. */
  private readonly decode: boolean;
  private readonly emit = (effect: VrrpEffect): boolean => this.report.perform(this.now, effect);

  constructor(index: number, whole: Case, context: MemberContext, decode: boolean) {
    this.index = index;
    this.clock = new MemberClock(whole, index);
    this.case = whole;
    this.context = context;
    this.spec = whole.routers[index] as RouterSpec;
    this.sent = new Array<number>(whole.virtuals).fill(0);
    this.report = new MemberReport(this, whole.virtuals, context);
    this.grain = RULES[whole.profile].grain;
    this.restartsAdvert = RULES[whole.profile].anyPacketRestartsAdvert;
    this.decode = decode;
    this.plain = whole.virtuals === 1 && whole.check === undefined && !decode;
    this.process = new ProcessLife({
      handle: (at, queued) => {
        if (typeof queued === 'function') this.input(at, queued());
        else this.take(at, queued);
      },
      wake: (at) => this.wake(at),
      shutdown: (at) => this.input(at, { kind: 'shutdown' }),
      exited: (at, signal) => this.exited(at, signal),
    });
  }

  get life(): Life {
    return this.process.life;
  }

  start(at: Instant): void {
    if (this.life !== 'dead') return;
    this.process.start();
    this.report.process(at, 'start');
    this.report.roles(at, 'INIT', 'start');
    this.config ??= configOf(this.case, this.spec);
    this.engine = createRouter(this.config);
    this.instances = this.engine.instances;
    this.input(at, this.status());
    this.input(at, { kind: 'startup' });
  }

  /** SIGTERM. False: no process, or the signal is already pending. */
  stop(at: Instant): boolean {
    if (this.life === 'dead' || this.process.terminated) return false;
    this.process.terminate(at);
    return true;
  }

  private exited(at: Instant, signal: string | undefined): void {
    const cause = signal === undefined ? 'stop' : 'crash';
    this.report.process(at, cause);
    this.engine = undefined;
    this.instances = [];
    this.wakeup = Number.POSITIVE_INFINITY;
    this.report.roles(at, 'DOWN', cause);
  }

  pause(at: Instant): boolean {
    const paused = this.process.pause();
    if (paused) this.report.process(at, 'pause');
    return paused;
  }

  resume(at: Instant): void {
    if (this.life !== 'paused') return;
    this.report.process(at, 'resume');
    this.process.resume(at);
  }

  link(at: Instant, up: boolean): void {
    this.linkUp = up;
    this.context.listener.change(at, { kind: 'link', router: this.index, up });
    this.later(at, () => this.status());
  }

  reload(at: Instant, spec: RouterSpec): void {
    this.spec = spec;
    const config = configOf(this.case, spec);
    this.config = config;
    // A paused process reads the file when it resumes, however often it was signalled.
    this.later(at, () => ({ kind: 'config', config: this.config ?? config }));
  }

  /** An input that a paused process handles when it resumes. */
  later(at: Instant, input: () => VrrpInput): void {
    if (!this.process.queues(input) && this.life === 'running') this.input(at, input());
  }

  /** Receives a packet with a defect. */
  garbage(at: Instant, packet: Extract<VrrpInput, { kind: 'packet' }>): void {
    if (this.life !== 'running' || !this.linkUp) return;
    this.context.listener.change(at, { kind: 'garbage', virtual: 0, router: this.index });
    this.restartAdvert(0);
    this.input(at, packet);
  }

  hear(at: Instant, advert: Advertised): void {
    if (this.life === 'running' && this.linkUp) this.take(at, advert);
    else if (!this.linkUp || !this.process.queuesPacket(advert))
      this.context.listener.missed(at, advert.virtual, this.index, advert.from, advert.priority);
  }

  private take(at: Instant, advert: Advertised): void {
    const { virtual, from, priority, interval, source } = advert;
    const instance = this.instances[virtual];
    if (instance === undefined) return;
    const outcome = advert.outcomeAt(this.index, instance);
    const accepted = outcome === 'accepted';
    this.context.listener.heard(at, virtual, this.index, from, priority, interval, accepted);
    this.at(at);
    if (outcome === 'owner' && priority === 255) this.report.ownerConflict(at, virtual);
    this.restartAdvert(virtual);
    if (this.decode) this.input(at, advert.packet());
    else if (accepted && advert.content !== undefined) {
      const before = downTimers(this.instances, this.grain);
      overslept(instance, this.localNow, this.emit);
      receive(instance, advert.content, source, this.localNow, this.emit);
      roundDown(this.instances, this.grain, before);
    }
    this.arm(at);
  }

  /** keepalived restarts its Adver_Timer with any packet for its VRID, and answers every losing advert. */
  private restartAdvert(virtual: number): void {
    const instance = this.instances[virtual];
    if (!this.restartsAdvert || instance?.deadlines.advert === undefined) return;
    instance.deadlines.advert = plus(this.localNow, instance.config.advertInterval);
    instance.answered = [];
  }

  /** A scheduled wake-up is due, unless a later one replaced it. */
  woken(at: Instant): void {
    if (at !== this.wakeup) return;
    this.wakeup = Number.POSITIVE_INFINITY;
    if (this.life !== 'running') return;
    // The deadline may have moved since: timers are not cancelled but scheduled again.
    if (this.dueAt() > at) this.arm(at);
    else this.wake(at);
  }

  private wake(at: Instant): void {
    const [instance] = this.instances;
    if (!this.plain || instance === undefined) {
      if (this.engine !== undefined) this.input(at, { kind: 'wake' });
      return;
    }
    this.at(at);
    const before = downTimers(this.instances, this.grain);
    wake(instance, this.localNow, this.emit);
    roundDown(this.instances, this.grain, before);
    this.arm(at);
  }

  private input(at: Instant, input: VrrpInput): void {
    if (this.engine === undefined) return;
    this.at(at);
    const before = downTimers(this.instances, this.grain);
    stepRouter(this.engine, input, this.localNow, this.emit);
    this.instances = this.engine.instances;
    roundDown(this.instances, this.grain, before);
    this.arm(at);
  }

  private at(at: Instant): void {
    this.now = at;
    this.localNow = this.clock.localOf(at);
  }

  /** The next deadline, on the router's own clock. */
  deadline(): Instant | undefined {
    const [instance] = this.instances;
    if (this.plain) return instance === undefined ? undefined : earliest(instance.deadlines);
    return this.engine === undefined ? undefined : nextRouterDeadline(this.engine);
  }

  /** Its next deadline that belongs to no virtual router or script. */
  aside(): Instant | undefined {
    return this.plain || this.engine === undefined ? undefined : nextAside(this.engine);
  }

  get scripts(): readonly ScriptState[] {
    return this.plain || this.engine === undefined ? [] : this.engine.scripts;
  }

  /** When its timer fires, lateness included; Infinity: never. */
  private dueAt(): number {
    const deadline = this.deadline();
    if (deadline === undefined) return Number.POSITIVE_INFINITY;
    return this.clock.firesAt(deadline, this.instances);
  }

  /** Schedules a wake-up for the next deadline, unless an earlier one is scheduled already. */
  arm(at: Instant): void {
    if (this.life !== 'running') return;
    const deadline = this.deadline();
    // An earlier wake-up is scheduled: the usual case of a Backup that has received an advert.
    if (deadline === undefined || this.clock.trueOf(deadline) >= this.wakeup) return;
    const due = this.dueAt();
    if (due >= this.wakeup) return;
    const wakeup = (due > at ? due : at) as Instant;
    this.wakeup = wakeup;
    this.context.wakeAt(this.index, wakeup);
  }

  private status(): VrrpInput {
    const primary4 = this.spec.address ?? addressOf(this.index);
    return {
      kind: 'interface',
      status: { name: INTERFACE, up: this.linkUp, primary4, primary6: undefined },
    };
  }
}
