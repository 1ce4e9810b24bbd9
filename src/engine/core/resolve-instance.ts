/**
 * A draft of a `vrrp_instance` as the instance that runs: defaults are filled in, contradictions are put
 * right as keepalived puts it right. Where keepalived's vrrp process would end, so does halab's.
 */
import { type Family, family, isLinkLocal } from '../../net/address.ts';
import { TRAILER_BYTES } from '../../net/hmac-trailer.ts';
import { messageLength } from '../../net/vrrp-packet.ts';
import { type Micros, micros, seconds } from '../../time.ts';
import type { PlacedAddress } from '../conf/addresses.ts';
import type { InstanceDraft } from '../conf/instance.ts';
import { notifyOf } from '../conf/tracking.ts';
import { macFor, onOwnVmac, vmacOf } from '../conf/vmac.ts';
import type { AuthenticationConfig, VrrpInstanceConfig } from './config.ts';
import type { UnicastConfig } from './config-address.ts';
import { preemptionOf, strictly } from './strict.ts';

/** The payload of an Ethernet frame after the IP header, and after AH; keepalived also subtracts 14 bytes of Ethernet. */
const ROOM: Readonly<Record<Family, number>> = { 4: 1_466, 6: 1_446 };
const AH_BYTES = 24;
/** Strict mode: no announcement after an advert of lower priority. */
const NO_ANSWER = { lowerPrioDelay: micros(0), lowerPrioRepeat: 0 };

export function resolveInstance(read: InstanceDraft): VrrpInstanceConfig {
  const { name, given, defaults } = read;
  const which = read.family ?? 4;
  const version = read.version ?? (which === 6 ? 3 : defaults.vrrpVersion);
  checkPresence(read, version);
  const draft = placedAtHome(read, which);
  const priority = draft.priority ?? (draft.state === 'MASTER' ? 255 : 100);
  checkUnicast(draft, which);
  const authentication = authenticationOf(draft, version, which);
  const advertInterval = intervalOf(draft, version);
  const state = stateOf(draft, priority, authentication);
  const preemption = preemptionOf(draft, { state, priority });
  const instance: VrrpInstanceConfig = {
    name,
    state,
    interface: draft.interface ?? '',
    vrid: draft.vrid ?? 0,
    priority,
    advertInterval,
    version,
    family: which,
    ...preemption,
    accept: draft.accept ?? (!draft.strict || priority === 255),
    addresses: [],
    profile: 'rfc9568',
    checksum: draft.checksumAsV2 ? 'rfc9568' : 'pseudo-header',
    excluded: [],
    routes: draft.routes,
    rules: draft.rules,
    unicast: unicastOf(draft),
    source: draft.source ?? draft.vmac?.ipvlan?.address.address,
    trackSource: draft.trackSource && draft.source !== undefined,
    group: groupOf(draft, which),
    vmac: vmacOf(draft.vmac, draft.vrid, draft.transmitOnBase, which),
    authentication,
    hmac: draft.hmac?.(advertInterval),
    garp: draft.strict ? { ...draft.garp, ...NO_ANSWER } : draft.garp,
    lowerPrioNoAdvert: draft.lowerPrioNoAdvert,
    higherPrioSendAdvert: draft.higherPrioSendAdvert,
    ownerIgnoreAdverts: draft.ownerIgnoreAdverts,
    downTimerAdverts: draft.downTimerAdverts,
    maxAdvertInterval: longestOf(draft, advertInterval),
    skipCheckAddresses: draft.skipCheckAddresses,
    strict: draft.strict,
    trackInterfaces: otherInterfaces(draft),
    trackGroups: [],
    tracks: draft.tracks,
    trackPrimary: draft.trackPrimary,
    notify: notifyOf(draft.notify, defaults),
  };
  checkIpvlan(draft, which);
  const placed = { ...instance, ...addressesOf(draft, instance) };
  return placed.strict ? strictly(placed, given, draft.at) : placed;
}

/**
 * keepalived: on the vmac of the instance are the addresses of its family, also those whose `dev` is the
 * base interface; all others, and all with an ipvlan, are on the interface itself.
 */
function placedAtHome(draft: InstanceDraft, which: Family): InstanceDraft {
  const { vmac, vmacAddresses, interface: base, vrid = 0 } = draft;
  const atHome = (moved: PlacedAddress): PlacedAddress => {
    const { interface: named, ...address } = moved.address;
    const elsewhere = named !== undefined && named !== base;
    const its = family(address.address);
    const onVmac = vmac !== undefined && vmac.ipvlan === undefined && !elsewhere && its === which;
    const byInstance = onVmac || (vmacAddresses && (elsewhere || its !== which));
    if (moved.ownVmac && byInstance)
      moved.at.warning('use_vmac of the address says what the instance says already');
    if (onVmac) return { ...moved, address };
    const on = named ?? base;
    const isPlain = on === undefined || (!elsewhere && vmac === undefined);
    const placed = isPlain ? address : { ...address, interface: on };
    if (!byInstance && !moved.ownVmac) return { ...moved, address: placed };
    return { ...moved, address: onOwnVmac(placed, macFor(vmac, vrid, its)) };
  };
  return { ...draft, addresses: draft.addresses.map(atHome), excluded: draft.excluded.map(atHome) };
}

function checkPresence(
  { name, at, vrid, interface: on, addresses, peers, strict, noAddresses }: InstanceDraft,
  version: 2 | 3,
): void {
  if (vrid === undefined)
    at.stops(`"${name}" needs a virtual_router_id`, 'Add: virtual_router_id 1..255');
  if (on === undefined && peers.length === 0)
    at.stops(`"${name}" needs an interface`, 'Add: interface NAME, or unicast_peer.');
  if (addresses.length > 0 || noAddresses) return;
  if (version === 2 && !strict) at.warning(`"${name}" has no virtual_ipaddress`);
  else at.stops(`"${name}" needs a virtual_ipaddress block with at least one address`);
}

/** Rounded to the resolution of the version: whole seconds, or hundredths of up to 40.95 s. */
function intervalOf(draft: InstanceDraft, version: 2 | 3): Micros {
  const wanted = draft.advertInterval ?? seconds(1);
  const unit = version === 2 ? 1_000_000 : 10_000;
  const most = version === 2 ? 255_000_000 : 40_950_000;
  const interval = micros(Math.min(most, Math.max(unit, Math.round(wanted / unit) * unit)));
  if (interval !== wanted) {
    const hint = version === 2 ? 'Write version 3 for a shorter advert_int.' : undefined;
    const counts = version === 2 ? 'whole seconds' : 'centiseconds, 0.01 to 40.95 s';
    const taken = `${interval / 1_000_000} s`;
    const message = `VRRP version ${version} counts ${counts}: advert_int is ${taken}`;
    (draft.intervalAt ?? draft.at).warning(message, hint);
  }
  return interval;
}

/** Where strict mode and AH, which needs an advert before its first, change it. */
function stateOf(
  { state, strict, given, at }: InstanceDraft,
  priority: number,
  authentication: AuthenticationConfig | undefined,
): 'MASTER' | 'BACKUP' {
  const owner = priority === 255;
  const byPriority = owner ? 'MASTER' : 'BACKUP';
  const wanted = state ?? byPriority;
  const where = given.get('state') ?? at;
  if (strict && wanted !== byPriority) {
    const message = 'only the owner (priority 255) starts as MASTER; the priority decides';
    where.warning(`strict mode: ${message}`);
    return byPriority;
  }
  if (authentication?.type !== 'AH' || wanted === 'BACKUP' || owner) return wanted;
  where.warning('state MASTER is ignored with AH');
  return 'BACKUP';
}

/** Its own adverts have the interval that it waits for at the least. */
function longestOf(draft: InstanceDraft, interval: Micros): Micros | undefined {
  const { maxAdvertInterval: most, given } = draft;
  if (most === undefined || most >= interval) return most;
  const at = given.get('max_advert_int') ?? draft.at;
  at.warning('max_advert_int: it is below advert_int, which is taken');
  return interval;
}

function unicastOf(draft: InstanceDraft): UnicastConfig | undefined {
  const { peers, unicastGiven, unicastTtl, checkSource, faultNoPeer } = draft;
  // Without a peer keepalived goes back to multicast, unless unicast_fault_no_peer keeps it in FAULT.
  if (peers.length === 0 && !(unicastGiven && faultNoPeer)) return undefined;
  return { peers, ttl: unicastTtl ?? 255, checkSource, faultNoPeer };
}

function checkUnicast(draft: InstanceDraft, which: Family): void {
  const { name, at, given, peers, source, strict } = draft;
  const where = given.get('unicast_peer') ?? at;
  if (peers.length === 0) {
    if (draft.unicastGiven && !draft.faultNoPeer)
      where.warning(`"${name}" has no unicast peers: it is multicast`);
    if (draft.unicastTtl !== undefined)
      (given.get('unicast_ttl') ?? at).warning('unicast_ttl without peers is ignored');
    return;
  }
  // keepalived means to refuse it, and looks before it knows that there are peers.
  if (strict) where.note('strict mode: VRRP is multicast, unicast_peer is an extension');
  if (draft.interface !== undefined) {
    if (draft.vmac === undefined || draft.transmitOnBase) return;
    where.warning('unicast over a vmac sends from the base interface: vmac_xmit_base');
    draft.transmitOnBase = true;
    return;
  }
  checkHomeless(draft);
  if (source === undefined) {
    const hint = 'Add: unicast_src_ip ADDRESS, or interface NAME.';
    at.stops(`"${name}" has no interface: adverts need a source`, hint);
  } else if (which === 6 && isLinkLocal(source))
    at.stops(`${source} means nothing without an interface`, 'Add: interface NAME');
}

/** keepalived: a unicast instance needs no interface, but then its addresses have no interface. */
function checkHomeless(draft: InstanceDraft): void {
  const { name, at, given, peers, addresses, excluded } = draft;
  for (const { address, at: here } of [...addresses, ...excluded])
    if (address.interface === undefined)
      here.stops(`${address.address} needs a dev: "${name}" has no interface`);
  const linkLocal = peers.find(({ address }) => isLinkLocal(address) && family(address) === 6);
  if (linkLocal !== undefined) at.stops(`${linkLocal.address} means nothing without an interface`);
  if (draft.vmac === undefined) return;
  const vmac = given.get('use_vmac') ?? given.get('use_ipvlan') ?? at;
  vmac.warning(`${vmac.text} needs an interface: ignored`);
  draft.vmac = undefined;
}

function groupOf(draft: InstanceDraft, which: Family) {
  const { group, peers, defaults, given, at } = draft;
  if (peers.length === 0) return group ?? (which === 4 ? defaults.group4 : defaults.group6);
  if (group !== undefined)
    (given.get('mcast_dst_ip') ?? at).warning('mcast_dst_ip is ignored with unicast peers');
  return undefined;
}

function authenticationOf(
  { authentication: { type, password }, hmac, given, at }: InstanceDraft,
  version: 2 | 3,
  which: Family,
): AuthenticationConfig | undefined {
  const where = given.get('authentication') ?? at;
  if (type === undefined) return undefined;
  const ignored = (why: string, hint?: string): undefined =>
    where.error(`${why}: adverts are NOT authenticated`, hint);
  if (version === 3) return ignored('VRRP version 3 has no authentication', 'Use auth_hmac.');
  if (password === undefined || password === '') return ignored('authentication without auth_pass');
  if (which === 6 && type === 'AH') return ignored('AH is not for IPv6');
  if (hmac !== undefined)
    return where.error('authentication beside auth_hmac is ignored: auth_hmac counts');
  return { type, password };
}

/** Addresses in the advert, and others. An advert is one packet: addresses that do not fit become excluded ones. */
function addressesOf(
  draft: InstanceDraft,
  { family: which, version, hmac, authentication, strict, unicast }: VrrpInstanceConfig,
): Pick<VrrpInstanceConfig, 'addresses' | 'excluded'> {
  const { addresses, excluded } = draft;
  const [first] = addresses;
  if (first !== undefined && which === 6 && unicast === undefined)
    if (!isLinkLocal(first.address.address)) {
      const message = 'the first IPv6 address should be link-local (RFC 9568 5.2.9)';
      first.at[strict ? 'error' : 'note'](message, 'Put an fe80::/10 address first.');
    }
  const room =
    ROOM[which] -
    (hmac === undefined ? 0 : TRAILER_BYTES) -
    (authentication?.type === 'AH' ? AH_BYTES : 0);
  let most = 255;
  while (messageLength(version, which, most) > room) most--;
  const beyond = addresses[most];
  if (beyond !== undefined) {
    const hint = 'Put the rest into virtual_ipaddress_excluded.';
    beyond.at.warning(`an advert carries at most ${most}: the rest is not in it`, hint);
  }
  const plain = (placed: readonly PlacedAddress[]) => placed.map(({ address }) => address);
  return {
    addresses: plain(addresses.slice(0, most)),
    excluded: plain([...excluded, ...addresses.slice(most)]),
  };
}

function otherInterfaces({ trackInterfaces, interface: own, at, given }: InstanceDraft) {
  return trackInterfaces.filter(({ interface: name }) => {
    if (name === own)
      (given.get('track_interface') ?? at).warning(`${name} is tracked in any case`);
    return name !== own;
  });
}

function checkIpvlan({ vmac, given, at, transmitOnBase }: InstanceDraft, which: Family): void {
  const where = given.get('use_ipvlan') ?? at;
  if (transmitOnBase && (vmac === undefined || vmac.ipvlan !== undefined))
    (given.get('vmac_xmit_base') ?? where).warning('vmac_xmit_base is for use_vmac');
  if (vmac?.ipvlan !== undefined && family(vmac.ipvlan.address.address) !== which)
    where.stops(`the address of the ipvlan must be an IPv${which} address`);
}
