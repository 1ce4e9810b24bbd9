/** Packets that no router may believe: a better advert than any, with one thing wrong. */
import type { VrrpInput } from '../../engine/vrrp/io.ts';
import { ip } from '../../net/address.ts';
import { encodeAdvert, VRRP_GROUP, VRRP_TTL } from '../../net/vrrp-packet.ts';
import type { Member } from './member.ts';
import { INTERFACE } from './profile.ts';

const STRANGER = ip('10.99.0.254');
/** What each defect does to the bytes, which are sound before. */
const DEFECTS: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
  (bytes) => changed(bytes, 6, 0x5a), // checksum
  (bytes) => changed(bytes, 0, 0x41), // version 4
  (bytes) => changed(bytes, 0, 0x32), // type 2
  (bytes) => bytes.subarray(0, 7),
  (bytes) => bytes.subarray(0, bytes.length - 1),
  (bytes) => Uint8Array.from([...bytes, 0]),
  (bytes) => changed(bytes, 3, 200), // more addresses than there are
  (bytes) => changed(changed(bytes, 4, 0), 5, 0), // interval 0
  (bytes) => bytes, // came over a router: TTL 254
  () => new Uint8Array(0),
];
const OVER_A_ROUTER = 8;

function changed(bytes: Uint8Array, at: number, to: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = copy[at] === to ? to ^ 0xff : to;
  return copy;
}

/** `defect` is taken modulo their number. */
export function badPacket(
  { spec, instances }: Member,
  defect: number,
): Extract<VrrpInput, { kind: 'packet' }> {
  const which = defect % DEFECTS.length;
  const version = instances[0]?.config.version ?? 3;
  const sound = encodeAdvert(
    {
      version,
      family: 4,
      vrid: 1,
      priority: 254,
      interval: spec.interval,
      addresses: [ip('10.99.255.1')],
      authType: 0,
    },
    { source: STRANGER, destination: VRRP_GROUP[4] },
    'pseudo-header',
  );
  return {
    kind: 'packet',
    interface: INTERFACE,
    family: 4,
    source: STRANGER,
    destination: VRRP_GROUP[4],
    ttl: which === OVER_A_ROUTER ? VRRP_TTL - 1 : VRRP_TTL,
    message: (DEFECTS[which] ?? ((bytes) => bytes))(sound),
  };
}
