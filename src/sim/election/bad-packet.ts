/** The packet of a forged advert with a defect: one that every router must refuse. */
import type { VrrpInput } from '../../engine/vrrp/io.ts';
import { type Forgery, forgedPacket } from '../../fault/forge.ts';
import { ip } from '../../net/address.ts';
import { VRRP_GROUP } from '../../net/vrrp-packet.ts';
import { INTERFACE } from './profile.ts';

/** No router of the case sends from it. */
export const STRANGER = ip('10.99.0.254');
/** No router of a case has it. The defect `vrid` adds one. */
const UNUSED_VRID = 199;

export function badPacket(forgery: Forgery): Extract<VrrpInput, { kind: 'packet' }> {
  const vrid = forgery.defect === 'vrid' ? UNUSED_VRID : forgery.vrid;
  return {
    kind: 'packet',
    interface: INTERFACE,
    family: 4,
    source: STRANGER,
    destination: VRRP_GROUP[4],
    ...forgedPacket({ ...forgery, source: STRANGER, vrid }),
  };
}
