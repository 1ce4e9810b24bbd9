/** Mails about state changes, with keepalived's subjects, which mail filters match. */
import type { DaemonConfig } from '../../engine/core/config.ts';
import type { ForwardedEffect } from '../vrrp/vrrp-messages.ts';

export interface Alert {
  /** Without the `[router_id] ` before it. */
  readonly subject: string;
  readonly text: string;
}

/** The mail about an effect of the vrrp child; undefined: it has none, or mails are not configured. */
export function vrrpAlert(effect: ForwardedEffect, config: DaemonConfig): Alert | undefined {
  if (effect.kind !== 'state' && effect.kind !== 'group-state') return undefined;
  const { to } = effect;
  if (to === 'INIT' || (to === 'FAULT' && !config.global.mail.faults)) return undefined;
  const entering = `Entering ${to} state`;
  if (effect.kind === 'state') {
    const instance = config.instances.find(({ name }) => name === effect.instance);
    if (instance?.notify.smtpAlert !== true) return undefined;
    const held =
      to === 'MASTER' ? 'The virtual addresses are here.' : 'The addresses are not here.';
    return {
      subject: `VRRP Instance ${instance.name} - ${entering}`,
      text: `${instance.name}: ${effect.from} -> ${to}: ${effect.detail}\n${held}\n`,
    };
  }
  const group = config.syncGroups.find(({ name }) => name === effect.group);
  if (group?.notify.smtpAlert !== true) return undefined;
  return {
    subject: `VRRP Group ${group.name} - ${entering}`,
    text: `${group.name}: ${to}\nIts instances: ${group.members.join(', ')}\n`,
  };
}

/** `server` and `service` as keepalived writes them: `[192.0.2.1]:tcp:80`. */
export function realServerAlert(
  { server, service, up }: { server: string; service: string; up: boolean },
  why: string,
): Alert {
  return {
    subject: `Realserver ${server} of virtual server ${service} - ${up ? 'UP' : 'DOWN'}`,
    text: `${server}: ${why}\n`,
  };
}

/** The quorum of a virtual server was gained or lost. */
export function virtualServerAlert(service: string, up: boolean, why: string): Alert {
  return {
    subject: `Virtualserver ${service} - ${up ? 'UP' : 'DOWN'}`,
    text: `${service}: ${why}\n`,
  };
}
