/**
 * One virtual router: the state machine of RFC 9568 section 6.4, with keepalived's FAULT.
 *
 *              startup, p < 255                    Active_Down_Timer
 *   INIT ------------------------------> BACKUP --------------------> MASTER
 *    |  startup, p = 255 (owner) -------------------------------------->|
 *    |                                     ^   higher advert            |
 *    |                                     +----------------------------+
 *    +--> FAULT: interface down, no source address, cannot send; left through the startup rules
 *
 * Rule 1: everything that decides a transition is here. Rule 2: no clock and no socket; `now` comes in,
 * effects go out through `emit`, deadlines stay in the state. Rule 3: only adverts that passed every
 * receive check get here, so nothing else can touch a timer (keepalived restarts its advert timer on
 * any packet, which lets hostile traffic silence an Active; we do not).
 */
import { compareIp, type IpAddress } from '../../net/address.ts';
import { type Advert, encodeAdvert, VRRP_GROUP } from '../../net/vrrp-packet.ts';
import { between, formatMicros, type Instant, micros, plus, seconds } from '../../time.ts';
import type { InstanceState } from './instance-state.ts';
import type { InterfaceStatus, TransitionReason, VrrpEffect, VrrpStateName } from './io.ts';
import { activeDownInterval, skewTime, type TimerBasis } from './timers.ts';

/** Does one effect. `false`: it could not be done; only a failed `send` matters to the machine. */
export type Emit = (effect: VrrpEffect) => boolean;

/** Second burst of announcements, keepalived `garp_master_delay` [5 s]. */
const ANNOUNCE_AGAIN = seconds(5);
/** How long a router that could not act waits in FAULT before it tries again; ours, keepalived has none. */
const RETRY = seconds(1);

/** Startup (6.4.1), and the way out of FAULT. */
export function start(
  state: InstanceState,
  now: Instant,
  emit: Emit,
  reason: TransitionReason = 'startup',
): void {
  const problem = problemOf(state);
  if (problem !== undefined) {
    change(state, 'FAULT', problem, emit);
    return;
  }
  if (state.config.priority === 255) {
    becomeActive(state, now, emit, {
      reason: 'owner',
      detail: 'owns the addresses (priority 255)',
    });
    return;
  }
  state.interval = state.config.advertInterval;
  state.skewInterval = state.config.advertInterval;
  becomeBackup(state, now);
  const wait = formatMicros(activeDownInterval(basis(state)));
  change(state, 'BACKUP', { reason, detail: `waits ${wait} for adverts` }, emit);
}

/** Shutdown: an Active resigns with priority 0 and withdraws its addresses (6.4.3). */
export function stop(state: InstanceState, emit: Emit): void {
  if (state.name === 'INIT') return;
  if (state.name === 'MASTER') {
    send(state, 0, emit);
    emit({ kind: 'withdraw', instance: state.config.name });
  }
  clearTimers(state);
  change(state, 'INIT', { reason: 'shutdown', detail: 'stopped' }, emit);
}

/** Every deadline that has come. */
export function wake(state: InstanceState, now: Instant, emit: Emit): void {
  if (state.downAt !== undefined && state.downAt <= now) {
    // 6.4.2 (Active_Down_Timer fires)
    becomeActive(state, now, emit, timerFired(state));
  }
  if (state.advertAt !== undefined && state.advertAt <= now) {
    // 6.4.3 (Adver_Timer fires). Counted from the deadline, so that lateness does not add up; after
    // a pause from now, so that the missed adverts are not sent in a burst.
    const next = plus(state.advertAt, state.config.advertInterval);
    state.advertAt = next > now ? next : plus(now, state.config.advertInterval);
    if (!send(state, state.config.priority, emit)) cannotSend(state, now, emit);
  }
  if (state.announceAt !== undefined && state.announceAt <= now) {
    state.announceAt = undefined;
    emit({ kind: 'announce', instance: state.config.name });
  }
  if (state.retryAt !== undefined && state.retryAt <= now) {
    state.retryAt = undefined;
    if (problemOf(state) === undefined) start(state, now, emit, 'recovered');
  }
}

/** An advert that passed every receive check. */
export function receive(
  state: InstanceState,
  advert: Advert,
  source: IpAddress,
  now: Instant,
  emit: Emit,
): void {
  if (state.name === 'BACKUP') receiveAsBackup(state, advert, source, now, emit);
  else if (state.name === 'MASTER') receiveAsActive(state, advert, source, now, emit);
}

/** 6.4.2 */
function receiveAsBackup(
  state: InstanceState,
  advert: Advert,
  source: IpAddress,
  now: Instant,
  emit: Emit,
): void {
  const { priority, preempt, preemptDelay } = state.config;
  if (advert.priority === 0) {
    state.downAt = plus(now, skewTime(basis(state)));
    state.resigned = source;
    return;
  }
  const waiting = now < state.preemptFrom;
  if (advert.priority >= priority || !preempt || waiting) {
    learnInterval(state, advert);
    state.downAt = plus(now, activeDownInterval(basis(state)));
    state.resigned = undefined;
    return;
  }
  // Preempt_Mode true and a lower advert: discard; the timer runs on. keepalived: once a
  // preempt_delay is over the next lower advert is answered by taking over at once.
  if (preemptDelay > 0) {
    const detail = `preempt_delay of ${formatMicros(preemptDelay)} is over and ${source} has priority ${advert.priority}`;
    becomeActive(state, now, emit, { reason: 'preempted', detail });
  }
}

/** 6.4.3 */
function receiveAsActive(
  state: InstanceState,
  advert: Advert,
  source: IpAddress,
  now: Instant,
  emit: Emit,
): void {
  const { priority, advertInterval } = state.config;
  if (advert.priority === 0) {
    state.advertAt = plus(now, advertInterval);
    if (!send(state, priority, emit)) cannotSend(state, now, emit);
    return;
  }
  const order = advert.priority - priority || compareIp(source, state.source ?? source);
  if (order > 0) {
    const higher = advert.priority > priority;
    learnInterval(state, advert);
    emit({ kind: 'withdraw', instance: state.config.name });
    becomeBackup(state, now);
    const detail = `advert from ${source} with priority ${advert.priority}${higher ? '' : ' and the higher address'}`;
    change(
      state,
      'BACKUP',
      { reason: higher ? 'higher-priority' : 'higher-address', detail },
      emit,
    );
    return;
  }
  if (order === 0) return; // our own priority and our own address: a copy of ourselves, or an echo
  // RFC 9568 6.4.3: discard it and send an advert immediately, so that the loser yields at once. RFC
  // 5798 and 3768 stay silent, with which mixed intervals can livelock. The Adver_Timer runs on.
  if (state.config.profile === 'rfc9568') send(state, priority, emit);
  // The loser has announced the addresses as its own: clients must be told again, even though we
  // never left Active.
  if (between(state.reannouncedAt, now) >= advertInterval) {
    state.reannouncedAt = now;
    emit({ kind: 'announce', instance: state.config.name });
  }
}

/** The host tells of the interface. Before startup it is only remembered. */
export function interfaceChanged(
  state: InstanceState,
  status: InterfaceStatus,
  now: Instant,
  emit: Emit,
  started: boolean,
): void {
  const before = state.source;
  state.status = status;
  const source = state.config.family === 4 ? status.primary4 : status.primary6;
  if (!started) {
    state.source = source;
    return;
  }
  const problem = problemWith(state, status, source);
  if (problem !== undefined && state.name !== 'FAULT') {
    // Resign if the interface can still carry it: the address may have gone and not the link.
    state.source = source ?? before;
    if (state.name === 'MASTER') {
      if (status.up && state.source !== undefined) send(state, 0, emit);
      emit({ kind: 'withdraw', instance: state.config.name });
    }
    clearTimers(state);
    change(state, 'FAULT', problem, emit);
  }
  state.source = source;
  if (problem === undefined && state.name === 'FAULT' && state.retryAt === undefined)
    start(state, now, emit, 'recovered');
}

/** What the host found out only later: the addresses could not be installed, for one. */
export function hostFailed(state: InstanceState, why: string, now: Instant, emit: Emit): void {
  if (state.name === 'MASTER') leaveFor(state, { reason: 'host-failed', detail: why }, now, emit);
}

function cannotSend(state: InstanceState, now: Instant, emit: Emit): void {
  leaveFor(
    state,
    { reason: 'send-failed', detail: `an advert could not be sent on ${state.config.interface}` },
    now,
    emit,
  );
}

/** To FAULT, with another try after a while. */
function leaveFor(state: InstanceState, why: Why, now: Instant, emit: Emit): void {
  if (state.name === 'MASTER') emit({ kind: 'withdraw', instance: state.config.name });
  clearTimers(state);
  state.retryAt = plus(now, RETRY);
  change(state, 'FAULT', why, emit);
}

interface Why {
  readonly reason: TransitionReason;
  readonly detail: string;
}

function timerFired(state: InstanceState): Why {
  const { resigned } = state;
  if (resigned !== undefined) {
    return { reason: 'priority-zero', detail: `${resigned} resigned with priority 0` };
  }
  const waited = formatMicros(activeDownInterval(basis(state)));
  return { reason: 'no-response', detail: `heard no advert for ${waited}` };
}

function becomeActive(state: InstanceState, now: Instant, emit: Emit, why: Why): void {
  const { name, priority, advertInterval } = state.config;
  state.downAt = undefined;
  state.resigned = undefined;
  // A router that cannot be heard never becomes Active: it would only split the cluster.
  if (!send(state, priority, emit)) {
    cannotSend(state, now, emit);
    return;
  }
  state.advertAt = plus(now, advertInterval);
  state.announceAt = plus(now, ANNOUNCE_AGAIN);
  state.reannouncedAt = now;
  emit({ kind: 'install', instance: name });
  emit({ kind: 'announce', instance: name });
  change(state, 'MASTER', why, emit);
}

function becomeBackup(state: InstanceState, now: Instant): void {
  clearTimers(state);
  state.downAt = plus(now, activeDownInterval(basis(state)));
  state.preemptFrom = plus(now, state.config.preemptDelay);
}

/** Version 3: the Active's interval is adopted, and Skew_Time with it (not in RFC 5798). */
function learnInterval(state: InstanceState, advert: Advert): void {
  if (advert.version !== 3) return;
  state.interval = advert.interval;
  if (state.config.profile !== 'rfc5798') state.skewInterval = advert.interval;
}

/** Whether it went out. */
function send(state: InstanceState, priority: number, emit: Emit): boolean {
  const { source, config } = state;
  if (source === undefined) return false;
  const destination = VRRP_GROUP[config.family];
  if (state.encoded?.source !== source || state.encoded.priority !== priority) {
    const { version, family, vrid, advertInterval: interval } = config;
    const advert = {
      version,
      family,
      vrid,
      priority,
      interval,
      addresses: state.local.addresses,
      authType: 0,
    };
    state.encoded = {
      source,
      priority,
      message: encodeAdvert(advert, { source, destination }, config.checksum),
    };
  }
  const { message } = state.encoded;
  return emit({
    kind: 'send',
    instance: config.name,
    interface: config.interface,
    family: config.family,
    source,
    destination,
    message,
    priority,
  });
}

function change(
  state: InstanceState,
  to: VrrpStateName,
  { reason, detail }: Why,
  emit: Emit,
): void {
  const from = state.name;
  state.name = to;
  if (from !== to || to === 'FAULT')
    emit({
      kind: 'state',
      instance: state.config.name,
      from,
      to,
      reason,
      detail,
      priority: state.config.priority,
    });
}

function clearTimers(state: InstanceState): void {
  state.downAt = undefined;
  state.resigned = undefined;
  state.advertAt = undefined;
  state.announceAt = undefined;
  state.retryAt = undefined;
}

function basis(state: InstanceState): TimerBasis {
  const { version, priority } = state.config;
  return {
    version,
    priority,
    interval: version === 2 ? micros(state.config.advertInterval) : state.interval,
    skewInterval: state.skewInterval,
  };
}

function problemOf(state: InstanceState): Why | undefined {
  const { status } = state;
  if (status === undefined)
    return { reason: 'interface-down', detail: `interface ${state.config.interface} is not there` };
  return problemWith(state, status, state.source);
}

function problemWith(
  state: InstanceState,
  status: InterfaceStatus,
  source: IpAddress | undefined,
): Why | undefined {
  const { interface: name, family } = state.config;
  if (!status.up)
    return { reason: 'interface-down', detail: status.problem ?? `interface ${name} is down` };
  if (source !== undefined) return undefined;
  const wanted = family === 4 ? 'IPv4 address' : 'usable link-local IPv6 address';
  return {
    reason: 'no-source-address',
    detail: status.problem ?? `interface ${name} has no ${wanted}`,
  };
}
