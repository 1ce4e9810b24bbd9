/** `vrrp_strict` and `strict_mode`: what the RFCs forbid is not done, and said. */
import { micros } from '../../time.ts';
import type { Findings } from './conf-findings.ts';
import type { Token } from './conf-lexer.ts';
import type { VrrpInstanceConfig } from './config.ts';

export function strictly(
  instance: VrrpInstanceConfig,
  given: ReadonlyMap<string, Token>,
  at: Token,
  findings: Findings,
): VrrpInstanceConfig {
  const where = (keyword: string): Token => given.get(keyword) ?? at;
  const strict: { -readonly [K in keyof VrrpInstanceConfig]: VrrpInstanceConfig[K] } = {
    ...instance,
  };
  const refuse = (keyword: string, message: string): void =>
    findings.warning(where(keyword), `strict mode: ${message}`);
  if (instance.unicast !== undefined) {
    findings.error(
      where('unicast_peer'),
      'strict mode: VRRP is multicast, unicast_peer is not allowed',
    );
  }
  if (instance.authentication !== undefined) {
    refuse('authentication', 'authentication was removed by RFC 3768; it is ignored');
    strict.authentication = undefined;
  }
  if (instance.preemptDelay > 0) {
    refuse('preempt_delay', 'preempt_delay is no part of VRRP; it is ignored');
    strict.preemptDelay = micros(0);
  }
  if (instance.version === 2 && instance.accept && instance.priority !== 255) {
    if (given.has('accept')) refuse('accept', 'version 2 has no accept mode; it is off');
    strict.accept = false;
  }
  if (instance.garp.repeat > 1 || instance.garp.delay > 0)
    strict.garp = { ...instance.garp, repeat: 1, delay: micros(0) };
  if (instance.downTimerAdverts !== 3) {
    refuse('down_timer_adverts', 'Master_Down_Interval counts 3 adverts');
    strict.downTimerAdverts = 3;
  }
  if (instance.hmac !== undefined && instance.hmac.mode !== 'enforce') {
    findings.error(where('auth_hmac'), 'strict mode: auth_hmac must be in mode enforce');
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
  if (!instance.lowerPrioNoAdvert && instance.version === 2) strict.lowerPrioNoAdvert = true;
  return strict;
}
