/** Packets that no router may believe: a better advert than any, with one thing wrong. */
import type { VrrpInput } from '../../engine/vrrp/io.ts';
import type { Defect } from '../../fault/forge.ts';
import { forgedPacket } from '../../fault/forge.ts';
import { ip } from '../../net/address.ts';
import { VRRP_GROUP } from '../../net/vrrp-packet.ts';
import { INTERFACE, virtualAddress } from './profile.ts';

export const STRANGER = ip('10.99.0.254');
/** Better than every router but an owner. */
export const FORGED_PRIORITY = 254;

const NOBODYS_VRID = 200;

export function badPacket(
  version: 2 | 3,
  interval: VrrpForgery['interval'],
  defect: Defect,
): Extract<VrrpInput, { kind: 'packet' }> {
  const destination = VRRP_GROUP[4];
  const forged = forgedPacket({
    network: INTERFACE,
    source: STRANGER,
    version,
    // With the defect `vrid` it is one more: nobody's.
    vrid: defect === 'vrid' ? NOBODYS_VRID - 1 : 1,
    priority: FORGED_PRIORITY,
    interval,
    addresses: [virtualAddress(0)],
    defect,
    every: interval,
  });
  return {
    kind: 'packet',
    interface: INTERFACE,
    family: 4,
    source: STRANGER,
    destination,
    ...forged,
  };
}

type VrrpForgery = Parameters<typeof forgedPacket>[0];
