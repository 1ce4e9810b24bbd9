/** Which VRRP sockets the instances need on an interface. */
import type { DaemonConfig, VrrpInstanceConfig } from '../../engine/core/config.ts';
import type { VirtualAddress } from '../../engine/core/config-address.ts';
import { groupOf, isFor, speaksOn } from '../../engine/core/same-router.ts';
import type { HopLimit } from '../../linux/packet-filter.ts';
import type { SocketUse, VrrpSocketOptions } from '../../linux/vrrp-socket.ts';
import { type IpAddress, isMulticast } from '../../net/address.ts';
import type { ReceivedPacket } from '../../net/receive-checks.ts';

/** `to`: in IPv6 the group, or the configured source [the link-local address]. */
export type SocketNeed = Pick<VrrpSocketOptions, 'family' | 'use' | 'groups' | 'to' | 'limits'>;

export function socketNeeds(config: DaemonConfig, name: string): SocketNeed[] {
  const needs = new Map<string, SocketNeed>();
  for (const instance of config.instances) {
    if (speaksOn(instance) !== name) continue;
    for (const need of needsOf(instance)) {
      const key = `${need.family}/${need.use}/${need.to ?? ''}`;
      const known = needs.get(key);
      const groups = [...new Set([...(known?.groups ?? []), ...need.groups])];
      needs.set(key, { ...need, groups, limits: [...(known?.limits ?? []), ...need.limits] });
    }
  }
  return [...needs.values()];
}

/** The receiving socket of an instance and, where that cannot send, the sending one. */
function needsOf(instance: VrrpInstanceConfig): SocketNeed[] {
  const { family, unicast, authentication, source } = instance;
  const need = (use: SocketUse, more: Partial<SocketNeed> = {}): SocketNeed => {
    return { family, use, groups: [], to: undefined, limits: [], ...more };
  };
  if (family === 6 && unicast !== undefined) {
    const limits = limitsOf(instance);
    const whole = need('vrrp-unicast', { to: source, limits });
    return limits.length === 0 ? [whole] : [whole, { ...whole, use: 'vrrp-beyond' }];
  }
  const ah = authentication?.type === 'AH';
  const groups = unicast === undefined ? [groupOf(instance)] : [];
  const hears = need(ah ? 'ah' : 'vrrp', { groups, to: family === 6 ? groups[0] : undefined });
  return ah || unicast !== undefined ? [hears, need('header')] : [hears];
}

function limitsOf({ vrid, unicast }: VrrpInstanceConfig): HopLimit[] {
  return (unicast?.peers ?? []).flatMap(({ address, minTtl, maxTtl }) => {
    const limit = { vrid, source: address, min: minTtl ?? 0, max: maxTtl ?? 255 };
    return limit.min === 0 && limit.max === 255 ? [] : [limit];
  });
}

/** Whether several sockets may receive the same packet. */
export function overlaps({ instances }: DaemonConfig): boolean {
  return instances.some((instance) => instance.vmac !== undefined || instance.interface === '');
}

/**
 * Whether a packet belongs to the socket that received it, so that each packet counts once. A vmac also receives the
 * multicasts of its base, the base those of a vmac whose peers use another MAC, and a socket without an interface
 * everything that is sent to this host.
 */
export function hearsHere(config: DaemonConfig, name: string, packet: ReceivedPacket): boolean {
  const { family, message, destination } = packet;
  const vrid = message[1] ?? 0;
  const anywhere =
    !isMulticast(destination) &&
    config.instances.some(
      (instance) =>
        instance.interface === '' &&
        instance.vrid === vrid &&
        instance.family === family &&
        isFor(instance, packet),
    );
  if (name === '')
    return (
      anywhere ||
      !config.instances.some((instance) => instance.interface !== '' && instance.family === family)
    );
  if (anywhere) return false;
  let isVmac = false;
  let elsewhere = false;
  for (const instance of config.instances) {
    const here = speaksOn(instance) === name;
    const same = instance.vrid === vrid && instance.family === family;
    if (here && same) return true;
    if (here && instance.interface !== name) isVmac = true;
    if (!here && same && instance.interface === name) elsewhere = true;
  }
  return !isVmac && !elsewhere;
}

/** Addresses that instances add and remove; an owner's (priority 255) are its own. `''`: on any interface. */
export function virtualAddressesOn(config: DaemonConfig, name: string): ReadonlySet<IpAddress> {
  return new Set(
    config.instances
      .filter(({ priority }) => priority !== 255)
      .flatMap((instance) =>
        addressesOf(instance).filter(
          (address) => name === '' || interfaceOf(instance, address) === name,
        ),
      )
      .map(({ address }) => address),
  );
}

/** All of them, those that adverts do not carry, too. */
export function addressesOf({
  addresses,
  excluded,
}: Pick<VrrpInstanceConfig, 'addresses' | 'excluded'>): readonly VirtualAddress[] {
  return excluded.length === 0 ? addresses : [...addresses, ...excluded];
}

/** The interface of a virtual address. */
export function interfaceOf(
  instance: VrrpInstanceConfig,
  { interface: named, vmac }: Pick<VirtualAddress, 'interface' | 'vmac'>,
): string {
  return vmac?.interface ?? named ?? instance.vmac?.interface ?? instance.interface;
}
