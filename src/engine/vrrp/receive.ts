/**
 * Handles an advert that passed every receive check (RFC 9568 6.4.2 and 6.4.3). Only such an advert moves a timer;
 * keepalived restarts its advert timer on any packet, so that hostile traffic can silence an Active.
 */
import { compareIp, type IpAddress } from '../../net/address.ts';
import type { Advert } from '../../net/vrrp-packet.ts';
import { formatMicros, type Instant, type Micros, minus, plus, seconds } from '../../time.ts';
import { sendAdvert } from './adverts.ts';
import { nextZeroAnswer, takesAnswer } from './answers.ts';
import type { InstanceState } from './instance-state.ts';
import type { Emit } from './io.ts';
import { downInterval, skewTime } from './timers.ts';
import { advertise, becomeActive, dragToBackup, giveWay } from './transition.ts';

/** Least time between two answers with announcements, unless the interval is shorter. keepalived has no such limit. */
const MOST_HELD_BACK = seconds(1);

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
  const { preempt, preemptDelay } = state.config;
  if (advert.priority === 0) {
    state.deadlines.down = plus(now, skewTime(state));
    state.resigned = source;
    return;
  }
  const waiting = now < state.preemptFrom;
  if (advert.priority >= state.priority || !preempts(state, preempt) || waiting) {
    state.active = source;
    learnInterval(state, advert);
    state.wants = false;
    state.deadlines.down = plus(now, downInterval(state));
    state.resigned = undefined;
    state.silentSince = undefined;
    if (state.group?.joining.has(state) === true) {
      const detail = `${source} is Active in ${state.config.name}, which joins its sync group`;
      dragToBackup(state, now, emit, detail);
    }
    return;
  }
  // Preempt_Mode true and a lower advert: discard; the timer is not restarted. After preempt_delay keepalived takes
  // over at the next lower advert. This engine does so only if that sender is the Active that it follows: a
  // better router that the sender does not hear may be Active, too.
  if (preemptDelay > 0 && state.active === source) {
    const detail = `preempt_delay of ${formatMicros(preemptDelay)} is over and ${source} has priority ${advert.priority}`;
    becomeActive(state, now, emit, { reason: 'preempted', detail });
  }
}

/** The owner of the addresses preempts regardless of Preempt_Mode (RFC 9568 6.1). */
function preempts(state: InstanceState, preempt: boolean): boolean {
  return preempt || state.config.priority === 255;
}

/** 6.4.3 */
function receiveAsActive(
  state: InstanceState,
  advert: Advert,
  source: IpAddress,
  now: Instant,
  emit: Emit,
): void {
  const { config, priority } = state;
  if (advert.priority === 0) {
    answerZero(state, now, emit);
    return;
  }
  const order = advert.priority - priority || compareIp(source, state.source ?? source);
  if (order > 0) {
    const higher = advert.priority > priority;
    // keepalived higher_prio_send_advert: the winner announces again, because there were two Actives.
    if (config.higherPrioSendAdvert) sendAdvert(state, priority, now, emit);
    learnInterval(state, advert);
    state.active = source;
    const detail = `advert from ${source} with priority ${advert.priority}${higher ? '' : ' and the higher address'}`;
    giveWay(state, now, emit, { reason: higher ? 'higher-priority' : 'higher-address', detail });
    return;
  }
  if (order === 0) return; // our own priority and address: an echo
  answerLoser(state, advert, source, now, emit);
}

/** 6.4.3: send an advert and reset the Adver_Timer; in a flood only as often as the Backups need it. */
function answerZero(state: InstanceState, now: Instant, emit: Emit): void {
  const { config, zeroFrom } = state;
  const advertAt = state.deadlines.advert;
  if (now < zeroFrom) {
    if (advertAt === undefined || zeroFrom >= advertAt) return;
    state.deadlines.advert = zeroFrom;
    state.zeroFrom = nextZeroAnswer(state, zeroFrom);
    return;
  }
  state.zeroFrom = nextZeroAnswer(state, now);
  const last = minus(advertAt ?? now, config.advertInterval);
  state.deadlines.advert = plus(now, config.advertInterval);
  advertise(state, last, now, emit);
}

/**
 * RFC 9568 6.4.3: discard it and send an advert immediately, so that the loser yields at once. RFC 5798
 * and 3768 stay silent, with which mixed intervals can livelock. The Adver_Timer runs on. The loser has
 * announced the addresses as its own, so the Active announces them again. Each loser is answered and reported
 * once per interval.
 */
function answerLoser(
  state: InstanceState,
  { interval }: Advert,
  source: IpAddress,
  now: Instant,
  emit: Emit,
): void {
  const { config } = state;
  if (takesAnswer(state, source, interval, now)) {
    emit({ kind: 'lower-priority', instance: config.name, source });
    if (config.profile === 'rfc9568' && !config.lowerPrioNoAdvert)
      sendAdvert(state, state.priority, now, emit);
  }
  if (config.garp.lowerPrioRepeat === 0) return;
  const free = plus(state.reannouncedAt, heldBack(config.advertInterval));
  if (now < free) state.deadlines.answer = free;
  else reannounce(state, now, emit);
}

/** Limits the announcements that a flood of losing adverts can cause. */
function heldBack(interval: Micros): Micros {
  return interval < MOST_HELD_BACK ? interval : MOST_HELD_BACK;
}

/** keepalived `garp_lower_prio_repeat`, and again after `garp_lower_prio_delay`. */
export function reannounce(state: InstanceState, now: Instant, emit: Emit): void {
  const { config } = state;
  const { lowerPrioRepeat, lowerPrioDelay } = config.garp;
  state.reannouncedAt = now;
  state.deadlines.answer = undefined;
  emit({ kind: 'announce', instance: config.name, config, repeat: lowerPrioRepeat });
  if (lowerPrioDelay > 0) {
    state.deadlines.announce = plus(now, lowerPrioDelay);
    state.announceRepeat = lowerPrioRepeat;
  }
}

/**
 * Version 3: the Active's interval is adopted, and Skew_Time with it (not in RFC 5798). `max_advert_int` limits
 * it: a forged advert with 40.95 s would make a Backup wait for more than two minutes.
 */
function learnInterval(state: InstanceState, advert: Advert): void {
  if (advert.version !== 3) return;
  const { maxAdvertInterval, profile } = state.config;
  const most = maxAdvertInterval ?? advert.interval;
  const learnt = advert.interval < most ? advert.interval : most;
  state.interval = learnt;
  if (profile !== 'rfc5798') state.skewInterval = learnt;
}
