/** Keywords of `vrrp_instance` that exclude each other: strict mode, and `state MASTER` with `nopreempt` or `preempt_delay`. */
import { micros } from '../../time.ts';
import type { InstanceDraft } from '../conf/instance.ts';
import type { Mutable } from '../conf/keyword.ts';
import type { Token } from '../text/findings.ts';
import type { VrrpInstanceConfig } from './config.ts';

/** `vrrp_strict` and `strict_mode`: settings that the RFCs forbid are dropped and reported. */
export function strictly(
  instance: VrrpInstanceConfig,
  given: ReadonlyMap<string, Token>,
  at: Token,
): VrrpInstanceConfig {
  const strict: Mutable<VrrpInstanceConfig> = { ...instance };
  const refuse = (keyword: string, message: string): void =>
    (given.get(keyword) ?? at).warning(`strict mode: ${message}`);
  if (strict.authentication !== undefined) {
    refuse('authentication', 'authentication was removed by RFC 3768; it is ignored');
    strict.authentication = undefined;
  }
  if (strict.version === 2 && strict.family === 6) {
    refuse('version', 'version 2 carries no IPv6; it is version 3');
    strict.version = 3;
  }
  if (strict.version === 2 && strict.accept && strict.priority !== 255) {
    if (given.has('accept')) refuse('accept', 'version 2 has no accept mode; it is off');
    strict.accept = false;
  }
  if (strict.preemptDelay > 0) {
    refuse('preempt_delay', 'preempt_delay is no part of VRRP; it is ignored');
    strict.preemptDelay = micros(0);
  }
  if (strict.downTimerAdverts !== 3) {
    refuse('down_timer_adverts', 'Master_Down_Interval counts 3 adverts');
    strict.downTimerAdverts = 3;
  }
  if (strict.hmac !== undefined && strict.hmac.mode !== 'enforce') {
    const { hmac } = strict;
    (given.get('auth_hmac') ?? at).error('strict mode: auth_hmac is in mode enforce');
    strict.hmac = { ...hmac, mode: 'enforce' };
  }
  if (given.has('lower_prio_no_advert') && !strict.lowerPrioNoAdvert)
    refuse('lower_prio_no_advert', 'an Active does not answer a losing advert');
  if (given.has('higher_prio_send_advert') && strict.higherPrioSendAdvert)
    refuse('higher_prio_send_advert', 'no advert is sent before giving way');
  strict.lowerPrioNoAdvert = true;
  strict.higherPrioSendAdvert = false;
  if (strict.vmac?.transmitOnBase === true) {
    refuse('vmac_xmit_base', 'adverts leave on the vmac');
    strict.vmac = { ...strict.vmac, transmitOnBase: false };
  }
  return strict;
}

type Preemption = Pick<VrrpInstanceConfig, 'preempt' | 'preemptDelay'>;

/** keepalived: an instance that starts as MASTER preempts at once; a delay has no effect with nopreempt. */
export function preemptionOf(
  { preempt, preemptDelay, given }: Preemption & Pick<InstanceDraft, 'given'>,
  { state, priority }: Pick<VrrpInstanceConfig, 'state' | 'priority'>,
): Preemption {
  const owner = priority === 255;
  const master = state === 'MASTER';
  const why = owner ? 'priority 255' : 'state MASTER';
  const nopreempt = given.get('nopreempt');
  if (!preempt && (owner || master) && nopreempt !== undefined) {
    const hint = owner ? undefined : 'Write state BACKUP.';
    nopreempt.warning(`nopreempt does not go with ${why}: it is ignored`, hint);
  }
  const preempts = preempt || owner || master;
  if (preemptDelay === 0 || (preempts && !master)) return { preempt: preempts, preemptDelay };
  const delay = given.get('preempt_delay');
  if (delay !== undefined)
    delay.warning(`preempt_delay has no effect with ${master ? why : 'nopreempt'}`);
  return { preempt: preempts, preemptDelay: micros(0) };
}
