/** The path from one node to another: a cut belongs to the path, not to a node, and survives reboots of both ends. */
import type { IpAddress } from '../net/address.ts';

/** A node whose adverts are meant. Multicast ones carry the sender's own address. */
export interface Peer {
  readonly node: string;
  /** All addresses it may send from, both families. */
  readonly addresses: readonly IpAddress[];
}

/** Whether a fault filters packets from one peer. */
export function cutsPath(fault: { readonly kind: string }): boolean {
  return peerOf(fault) !== undefined;
}

export function peerOf(fault: { readonly kind: string }): Peer | undefined {
  return (fault as { readonly from?: Peer }).from;
}

/** `vrrp.block on gw2, from gw1`: as reports name a fault. */
export function faultText(fault: { readonly kind: string; readonly node: string }): string {
  const peer = peerOf(fault);
  return `${fault.kind} on ${fault.node}${peer === undefined ? '' : `, from ${peer.node}`}`;
}
