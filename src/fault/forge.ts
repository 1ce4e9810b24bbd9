/** The bytes of a forged advert: the same in a real lab and in the simulator. */
import { encodeAdvert, VRRP_GROUP } from '../net/vrrp-packet.ts';
import type { Forgery } from './fault.ts';

export function forgedAdvert(forgery: Forgery): Uint8Array {
  const { version, vrid, priority, interval, addresses, source } = forgery;
  const advert = { version, family: 4, vrid, priority, interval, addresses, authType: 0 } as const;
  const endpoints = { source, destination: VRRP_GROUP[4] };
  const message = encodeAdvert(advert, endpoints, 'pseudo-header');
  if (forgery.checksum === 'bad') message[7] = (message[7] ?? 0) ^ 0xff;
  return message;
}
