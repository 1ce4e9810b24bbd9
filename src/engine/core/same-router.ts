/**
 * Which virtual routers may share a VRID on one interface: those whose adverts cannot be mistaken for each
 * other's, because they have another group or other peers.
 */
import { type IpAddress, isMulticast } from '../../net/address.ts';
import { VRRP_GROUP } from '../../net/vrrp-packet.ts';
import type { VrrpInstanceConfig } from './config.ts';

/** Where an instance without `unicast_peer` sends its adverts, and hears those of others. */
export function groupOf({ group, family }: VrrpInstanceConfig): IpAddress {
  return group ?? VRRP_GROUP[family];
}

/** Whether every advert is for at most one of these two instances of the same family and VRID. */
export function areDistinct(instance: VrrpInstanceConfig, other: VrrpInstanceConfig): boolean {
  if (instance.unicast === undefined && other.unicast === undefined)
    return groupOf(instance) !== groupOf(other);
  const peers = new Set(other.unicast?.peers.map(({ address }) => address));
  return instance.unicast?.peers.some(({ address }) => peers.has(address)) !== true;
}

/** Whether an advert from there to there is for this instance, if several share its VRID. */
export function isFor(
  config: VrrpInstanceConfig,
  { source, destination }: { readonly source: IpAddress; readonly destination: IpAddress },
): boolean {
  if (isMulticast(destination))
    return config.unicast === undefined && groupOf(config) === destination;
  return config.unicast?.peers.some(({ address }) => address === source) === true;
}

/**
 * The interface on which adverts are sent and received. A macvlan swallows frames that carry its own MAC as their source, so
 * routers that share a virtual MAC hear each other there and nowhere else. `''`: on any interface.
 */
export function speaksOn({ interface: base, vmac }: VrrpInstanceConfig): string {
  return vmac === undefined || vmac.transmitOnBase ? base : vmac.interface;
}
