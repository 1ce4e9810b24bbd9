/** `vrrp_strict` and `strict_mode`: what the RFCs forbid is not done, and said. */
import { micros } from '../../time.ts';
import type { VrrpInstanceConfig } from '../core/config.ts';
import type { Findings } from './findings.ts';
import type { Token } from './lexer.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function strictly(
  instance: VrrpInstanceConfig,
  given: ReadonlyMap<string, Token>,
  at: Token,
  findings: Findings,
): VrrpInstanceConfig {
  const strict: Mutable<VrrpInstanceConfig> = { ...instance };
  const refuse = (keyword: string, message: string): void =>
    findings.warning(given.get(keyword) ?? at, `strict mode: ${message}`);
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
    findings.error(given.get('auth_hmac') ?? at, 'strict mode: auth_hmac is in mode enforce');
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
