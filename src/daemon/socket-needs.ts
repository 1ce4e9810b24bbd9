/** Which VRRP sockets the instances need on an interface. */
import type { DaemonConfig, VrrpInstanceConfig } from '../engine/core/config.ts';
import { speaksOn } from '../engine/vrrp/router-state.ts';
import type { SocketUse } from '../linux/vrrp-socket.ts';
import type { Family, IpAddress } from '../net/address.ts';
import type { ReceivedPacket } from '../net/receive-checks.ts';
import { VRRP_GROUP } from '../net/vrrp-packet.ts';

export interface SocketNeed {
  readonly family: Family;
  readonly use: SocketUse;
  readonly groups: readonly IpAddress[];
  /** IPv6 unicast: a configured source. */
  readonly own: IpAddress | undefined;
}

export function socketNeeds(config: DaemonConfig, name: string): SocketNeed[] {
  const needs = new Map<string, SocketNeed>();
  const add = (family: Family, use: SocketUse, group?: IpAddress, own?: IpAddress): void => {
    const key = `${family}/${use}`;
    const known = needs.get(key);
    const groups = new Set([...(known?.groups ?? []), ...(group === undefined ? [] : [group])]);
    needs.set(key, { family, use, groups: [...groups], own: known?.own ?? own });
  };
  for (const one of config.instances) {
    if (speaksOn(one) !== name) continue;
    heard(one, add);
    sent(one, add);
  }
  return [...needs.values()];
}

type Add = (family: Family, use: SocketUse, group?: IpAddress, own?: IpAddress) => void;

function heard(one: VrrpInstanceConfig, add: Add): void {
  const group = one.unicast === undefined ? (one.group ?? VRRP_GROUP[one.family]) : undefined;
  if (one.family === 6 && one.unicast !== undefined) add(6, 'vrrp-unicast', undefined, one.source);
  else add(one.family, one.authentication?.type === 'AH' ? 'ah' : 'vrrp', group);
}

function sent(one: VrrpInstanceConfig, add: Add): void {
  const header =
    one.family === 4 && (one.unicast !== undefined || one.authentication?.type === 'AH');
  if (header) add(4, 'header');
  else if (one.family === 6 && one.unicast !== undefined)
    add(6, 'vrrp-unicast', undefined, one.source);
  else add(one.family, 'vrrp');
}

/**
 * Whether a packet heard on an interface is for its socket. A vmac hears the multicasts of its base, too,
 * and the base those of a vmac whose peers use another MAC: each packet counts once.
 */
export function hearsHere(
  config: DaemonConfig,
  name: string,
  { family, message }: Pick<ReceivedPacket, 'family' | 'message'>,
): boolean {
  const vrid = message[1] ?? 0;
  let isVmac = false;
  let elsewhere = false;
  for (const one of config.instances) {
    const here = speaksOn(one) === name;
    const same = one.vrid === vrid && one.family === family;
    if (here && same) return true;
    if (here && one.interface !== name) isVmac = true;
    if (!here && same && one.interface === name) elsewhere = true;
  }
  return !isVmac && !elsewhere;
}

/** Addresses that are the instances' to give and take; an owner's are its own. */
export function virtualAddressesOn(config: DaemonConfig, name: string): ReadonlySet<IpAddress> {
  return new Set(
    config.instances
      .filter(({ priority }) => priority !== 255)
      .flatMap((one) =>
        [...one.addresses, ...one.excluded].filter(
          (address) => interfaceOf(one, address.interface) === name,
        ),
      )
      .map(({ address }) => address),
  );
}

/** Where a virtual address of an instance goes. */
export function interfaceOf(one: VrrpInstanceConfig, named: string | undefined): string {
  return named ?? one.vmac?.interface ?? one.interface;
}
