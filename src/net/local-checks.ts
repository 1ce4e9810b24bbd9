/**
 * The receive checks against the virtual router configured here, the second half of the ordered table
 * (the first: `receive-checks.ts`). Counters carry the names of the MIBs (RFC 6527, RFC 2787).
 */
import type { Micros } from '../time.ts';
import { family, type IpAddress, isLinkLocal, isMulticast } from './address.ts';
import { type Check, PACKET_CHECKS, type PacketCheckId } from './receive-checks.ts';
import type { Advert } from './vrrp-packet.ts';

/** The local configuration that an advert is compared with. */
export interface LocalRouter {
  readonly version: 2 | 3;
  readonly priority: number;
  readonly interval: Micros;
  readonly addresses: readonly IpAddress[];
  /** Erratum 8298: an owner hears other owners, so that the tie-break can end the conflict. */
  readonly ownerListens: boolean;
  /** RFC 2338 authentication type: 0 none, 1 simple text, 2 AH. */
  readonly authType: 0 | 1 | 2;
  /** `auth_hmac` is configured. */
  readonly signed: boolean;
  /** Undefined: the router speaks by multicast. */
  readonly unicast: LocalUnicast | undefined;
}

export interface LocalUnicast {
  /** keepalived `check_unicast_src`; always on for adverts with a signature. */
  readonly checkSource: boolean;
  readonly peers: ReadonlyMap<IpAddress, { readonly minTtl: number; readonly maxTtl: number }>;
}

/** Why authentication failed. It runs once, and only if all earlier checks pass. */
export type AuthenticationFailure =
  | 'auth-failed'
  | 'auth-replay'
  | 'hmac-missing'
  | 'hmac-malformed'
  | 'hmac-key'
  | 'hmac-failed'
  | 'hmac-stale'
  | 'hmac-replay';

interface LocalSubject {
  readonly advert: Advert;
  readonly local: LocalRouter | undefined;
  readonly from: Arrival;
}

/** Headers and origin of an advert. */
export interface Arrival {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  /** Under AH, IP protocol 51. */
  readonly ah: boolean;
  /** With the 28 bytes of `auth_hmac`. */
  readonly signed: boolean;
  /** The address list of this sender has been checked before (keepalived `skip_check_adv_addr`). */
  readonly addressesKnown: boolean;
  /** Runs authentication at the first call and returns its result at all. */
  readonly authenticate: () => AuthenticationFailure | undefined;
}

function authentication<Id extends AuthenticationFailure>(
  id: Id,
  counter: string,
  doc: string,
): Check<Id, LocalSubject> {
  return { id, counter, doc, fails: ({ from }) => from.authenticate() === id };
}

/** keepalived accepts such a list, so two routers with the same file must accept each other. */
function beginsGlobally([first]: readonly IpAddress[]): boolean {
  return first !== undefined && family(first) === 6 && !isLinkLocal(first);
}

export const LOCAL_CHECKS = [
  {
    id: 'vrid',
    counter: 'RouterVrIdErrors',
    doc: 'No virtual router with this VRID on this interface and family; of several, none for this group or peer.',
    fails: ({ local }) => local === undefined,
  },
  {
    id: 'version-mismatch',
    counter: 'RouterVersionErrors',
    doc: 'The virtual router runs the other version here.',
    fails: ({ advert, local }) => advert.version !== local?.version,
  },
  {
    id: 'first-address',
    counter: 'AddressListErrors',
    doc: 'The first IPv6 address is not link-local although ours is (RFC 9568 5.2.9, erratum 8300).',
    fails: ({ advert, local }) =>
      beginsGlobally(advert.addresses) && !beginsGlobally(local?.addresses ?? []),
  },
  {
    id: 'destination',
    counter: 'AddressListErrors',
    doc: 'Unicast where multicast is configured, or the other way round (keepalived counts it so).',
    fails: ({ local, from }) => isMulticast(from.destination) !== (local?.unicast === undefined),
  },
  {
    id: 'unicast-ttl',
    counter: 'IpTtlErrors',
    doc: 'TTL outside the min_ttl and max_ttl of this peer.',
    fails: ({ local, from }) => {
      const peer = local?.unicast?.peers.get(from.source);
      return peer !== undefined && (from.ttl < peer.minTtl || from.ttl > peer.maxTtl);
    },
  },
  {
    id: 'unicast-peer',
    counter: 'AddressListErrors',
    doc: 'From nobody in unicast_peer, with check_unicast_src or a signature.',
    fails: ({ local, from }) =>
      local?.unicast !== undefined &&
      (local.unicast.checkSource || from.signed) &&
      !local.unicast.peers.has(from.source),
  },
  {
    id: 'signature',
    counter: 'PacketLengthErrors',
    doc: 'Signed where no auth_hmac is configured: longer than its address count says.',
    fails: ({ local, from }) => from.signed && local?.signed !== true,
  },
  {
    id: 'auth-mismatch',
    counter: 'AuthTypeMismatch',
    doc: 'Version 2 with another authentication type than ours (RFC 2338 5.3.6).',
    fails: ({ advert, local, from }) =>
      advert.version === 2 &&
      (advert.authType !== local?.authType || from.ah !== (local.authType === 2)),
  },
  authentication('auth-failed', 'AuthFailures', 'The password or the AH check value is wrong.'),
  authentication('auth-replay', 'AuthFailures', 'The AH sequence number did not grow.'),
  authentication('hmac-missing', 'AuthFailures', 'No signature where auth_hmac enforces one.'),
  authentication('hmac-malformed', 'AuthFailures', 'A signature of another type or form.'),
  authentication('hmac-key', 'AuthFailures', 'Signed with a key that is not configured.'),
  authentication('hmac-failed', 'AuthFailures', 'The signature does not fit.'),
  authentication('hmac-stale', 'AuthFailures', 'Signed at a time outside the time_window.'),
  authentication('hmac-replay', 'AuthFailures', 'Not newer than what this sender sent before.'),
  {
    id: 'owner',
    counter: 'AddressListErrors',
    doc: 'We own the addresses (priority 255): RFC 3768 and RFC 5798 discard every advert.',
    fails: ({ local }) => local?.priority === 255 && !local.ownerListens,
  },
  {
    id: 'interval-mismatch',
    counter: 'AdvIntervalErrors',
    doc: 'Version 2 with another interval than ours (RFC 3768 7.1); version 3 learns it instead.',
    fails: ({ advert, local }) => advert.version === 2 && advert.interval !== local?.interval,
  },
  {
    id: 'address-list',
    counter: 'AddressListErrors',
    doc: 'Version 2 with other addresses than ours, not sent by their owner (RFC 3768 7.1).',
    fails: ({ advert, local, from }) =>
      advert.version === 2 &&
      advert.priority !== 255 &&
      !from.addressesKnown &&
      !sameAddresses(advert.addresses, local?.addresses ?? []),
  },
] as const satisfies readonly Check<string, LocalSubject>[];
type LocalCheckId = (typeof LOCAL_CHECKS)[number]['id'];
export type CheckId = PacketCheckId | LocalCheckId;

/** The first check an advert fails here; undefined: it is accepted. */
export function judgeLocal(
  advert: Advert,
  local: LocalRouter | undefined,
  from: Arrival,
): LocalCheckId | undefined {
  const subject = { advert, local, from };
  return LOCAL_CHECKS.find((check) => check.fails(subject))?.id;
}

/** The MIB counter of a check. */
export function counterOf(id: CheckId): string {
  return [...PACKET_CHECKS, ...LOCAL_CHECKS].find((check) => check.id === id)?.counter ?? '';
}

/** The order on the wire does not matter. */
export function sameAddresses(a: readonly IpAddress[], b: readonly IpAddress[]): boolean {
  return a.length === b.length && a.every((address) => b.includes(address));
}
