/** A draft of a `vrrp_instance` as the instance that runs: defaults, and what cannot be together. */
import { type Family, family, isLinkLocal, parseIp } from '../../net/address.ts';
import { TRAILER_BYTES } from '../../net/hmac-trailer.ts';
import { messageLength } from '../../net/vrrp-packet.ts';
import { type Micros, seconds } from '../../time.ts';
import type { PlacedAddress } from './conf-addresses.ts';
import type { Findings } from './conf-findings.ts';
import type { InstanceDraft } from './conf-instance.ts';
import { preemptionOf } from './conf-preempt.ts';
import { strictly } from './conf-strict.ts';
import type { TrackUse } from './conf-tracking.ts';
import { onOwnVmac, vmacOf } from './conf-vmac.ts';
import type { UnicastConfig, VrrpInstanceConfig } from './config.ts';
import type { ObjectTrack } from './config-track.ts';

/** What an Ethernet frame carries behind the IP header, and behind AH. */
const ROOM: Readonly<Record<Family, number>> = { 4: 1_480, 6: 1_460 };
const AH_BYTES = 24;

export function resolveInstance(
  draft: InstanceDraft,
  trackOf: (use: TrackUse) => ObjectTrack | undefined,
  findings: Findings,
): VrrpInstanceConfig {
  const { name, at, given, defaults } = draft;
  checkPresence(draft, findings);
  const seen = new Set<string>();
  const home = (placed: readonly PlacedAddress[]): PlacedAddress[] =>
    once(
      placed.map((one) => atHome(one, draft, which)),
      seen,
      findings,
    );
  const which = familyOf(draft);
  draft.addresses = home(draft.addresses);
  draft.excluded = home(draft.excluded);
  const version = versionOf(draft, which, findings);
  const interval = draft.interval ?? seconds(1);
  checkInterval(interval, version, draft.intervalAt ?? at, findings);
  // keepalived: 255, the owner, if the priority is left out and the state is MASTER.
  const priority = draft.priority ?? (draft.state === 'MASTER' ? 255 : 100);
  checkUnicast(draft, which, findings);
  const authentication = authenticationOf(draft, version, which, findings);
  const advertInterval = intervalOf(draft, version, findings);
  const state = stateOf(draft, priority, authentication, findings);
  const instance: VrrpInstanceConfig = {
    name,
    state,
    interface: draft.interface ?? '',
    vrid: draft.vrid ?? 0,
    priority,
    advertInterval: interval,
    version,
    family: which,
    ...preemption,
    accept: draft.accept ?? !draft.strict,
    addresses: draft.addresses.map(({ address }) => address),
    profile: 'rfc9568',
    checksum: draft.checksumAsV2 ? 'rfc9568' : 'pseudo-header',
    excluded: draft.excluded.map(({ address }) => address),
    routes: draft.routes,
    rules: draft.rules,
    unicast: unicastOf(draft),
    source: draft.source ?? draft.vmac?.ipvlan?.address.address,
    trackSource: draft.trackSource,
    group: draft.group ?? (which === 4 ? defaults.group4 : defaults.group6),
    vmac: vmacOf(draft.vmac, draft.vrid, draft.transmitOnBase, which),
    authentication: authenticationOf(draft, version, findings),
    hmac: draft.hmac?.(interval),
    garp,
    lowerPrioNoAdvert: draft.lowerPrioNoAdvert,
    higherPrioSendAdvert: draft.higherPrioSendAdvert,
    ownerIgnoreAdverts: draft.ownerIgnoreAdverts,
    downTimerAdverts: draft.downTimerAdverts,
    maxAdvertInterval: longestOf(draft, interval, findings),
    skipCheckAddresses: draft.skipCheckAddresses,
    strict: draft.strict,
    trackInterfaces: draft.trackInterfaces,
    trackGroups: [],
    tracks: draft.uses.flatMap((use) => trackOf(use) ?? []),
    trackPrimary: draft.trackPrimary,
    notify: draft.notify,
  };
  checkAddresses(draft, which, findings);
  checkRoom(draft, instance, findings);
  checkFamilies(draft, which, findings);
  checkIpvlan(draft, which, findings);
  if (!given.has('interface') && draft.peers !== undefined) checkHomeless(draft, findings);
  return instance.strict ? strictly(instance, given, at, findings) : instance;
}

/** `dev` with the instance's own interface says nothing, unless a vmac would take the address. */
function atHome(one: PlacedAddress, draft: InstanceDraft, which: Family): PlacedAddress {
  const { interface: named, ...address } = one.address;
  const elsewhere = named !== undefined && named !== draft.interface;
  const other = draft.vmac !== undefined && family(address.address) !== which;
  const ownVmac = one.ownVmac || (draft.vmacAddresses && (elsewhere || other));
  const kept = !elsewhere && draft.vmac === undefined ? address : one.address;
  return { ...one, address: ownVmac ? onOwnVmac(kept, draft.vrid ?? 0) : kept };
}

function checkPresence(
  { name, at, given, addresses, peers }: InstanceDraft,
  findings: Findings,
): void {
  if (!given.has('interface') && peers === undefined)
    findings.error(at, `"${name}" needs an interface`, 'Add: interface NAME, or unicast_peer.');
  if (!given.has('virtual_router_id'))
    findings.error(at, `"${name}" needs a virtual_router_id`, 'Add: virtual_router_id 1..255');
  if (addresses.length === 0 && !given.has('virtual_ipaddress'))
    findings.error(at, `"${name}" needs a virtual_ipaddress block with at least one address`);
  else if (addresses.length === 0)
    findings.error(given.get('virtual_ipaddress') ?? at, 'virtual_ipaddress is empty');
}

function familyOf({ addresses, peers }: InstanceDraft): Family {
  const first = addresses[0]?.address.address ?? peers?.[0]?.address;
  return first === undefined ? 4 : family(first);
}

function versionOf(draft: InstanceDraft, which: Family, findings: Findings): 2 | 3 {
  if (which === 4) return draft.version ?? draft.defaults.vrrpVersion;
  if (draft.version === 2) {
    const message = `"${draft.name}" has IPv6 addresses and runs version 3`;
    findings.warning(
      draft.given.get('version') ?? draft.at,
      message,
      'VRRP version 2 carries no IPv6.',
    );
  }
  return 3;
}

function checkInterval(
  interval: Micros,
  version: 2 | 3,
  at: InstanceDraft['at'],
  findings: Findings,
): void {
  if (version === 2 && interval % 1_000_000 !== 0) {
    const hint = 'Write version 3 for a shorter advert_int.';
    findings.error(at, 'VRRP version 2 counts whole seconds', hint);
  }
  if (version === 3 && (interval % 10_000 !== 0 || interval > 40_950_000))
    findings.error(at, 'VRRP version 3 counts centiseconds, 0.01 to 40.95 s');
}

/** Its own adverts have the interval that it waits for at the least. */
function longestOf(draft: InstanceDraft, interval: Micros, findings: Findings): Micros | undefined {
  const { maxAdvertInterval: most, given } = draft;
  if (most === undefined || most >= interval) return most;
  const message = 'it is below advert_int, which is taken';
  findings.warning(given.get('max_advert_int') ?? draft.at, `max_advert_int: ${message}`);
  return interval;
}

/** Where strict mode and AH, which needs an advert before its first, change it. */
function stateOf(
  { state, strict, given, at }: InstanceDraft,
  priority: number,
  authentication: AuthenticationConfig | undefined,
  findings: Findings,
): 'MASTER' | 'BACKUP' {
  const owner = priority === 255;
  const byPriority = owner ? 'MASTER' : 'BACKUP';
  const wanted = state ?? byPriority;
  const where = given.get('state') ?? at;
  if (strict && wanted !== byPriority) {
    const message = 'only the owner (priority 255) starts as MASTER; the priority decides';
    findings.warning(where, `strict mode: ${message}`);
    return byPriority;
  }
  if (authentication?.type !== 'AH' || wanted === 'BACKUP' || owner) return wanted;
  findings.warning(where, 'state MASTER is ignored with AH');
  return 'BACKUP';
}

function preemptionOf(
  { given, at, preempt, preemptDelay, strict }: InstanceDraft,
  priority: number,
  state: 'MASTER' | 'BACKUP',
  findings: Findings,
): Pick<VrrpInstanceConfig, 'preempt' | 'preemptDelay'> {
  const nopreempt = given.get('nopreempt') ?? at;
  const delay = given.get('preempt_delay') ?? at;
  const ignored = !preempt && (priority === 255 || state === 'MASTER');
  if (ignored) {
    const why = priority === 255 ? 'the owner of the addresses' : 'state MASTER';
    findings.warning(nopreempt, `nopreempt is ignored for ${why}`, 'Write state BACKUP.');
  }
  const preempts = preempt || ignored;
  const because = [
    ...(state === 'MASTER' ? ['with state MASTER'] : []),
    ...(preempts ? [] : ['with nopreempt']),
    ...(strict ? ['in strict mode'] : []),
  ];
  if (preemptDelay > 0 && because[0] !== undefined)
    findings.warning(delay, `preempt_delay is ignored ${because[0]}`);
  return { preempt: preempts, preemptDelay: because.length > 0 ? micros(0) : preemptDelay };
}

/** The lower_prio values are the global ones, which are the master's unless they are given. */
function garpOf({ garp, lowerPrioDelay, lowerPrioRepeat, strict }: InstanceDraft): GarpConfig {
  return {
    ...garp,
    lowerPrioDelay: strict ? micros(0) : (lowerPrioDelay ?? garp.lowerPrioDelay),
    lowerPrioRepeat: strict ? 0 : (lowerPrioRepeat ?? garp.lowerPrioRepeat),
  };
}

function unicastOf(draft: InstanceDraft): UnicastConfig | undefined {
  const { peers, unicastTtl, checkSource, ttlLimited, faultNoPeer } = draft;
  if (peers === undefined) return undefined;
  // keepalived: a limit of the TTL is a check of the source, too.
  return { peers, ttl: unicastTtl, checkSource: checkSource || ttlLimited, faultNoPeer };
}

function authenticationOf(draft: InstanceDraft, version: 2 | 3, findings: Findings) {
  const { authentication, hmac, given, at } = draft;
  const where = given.get('authentication') ?? at;
  if (authentication !== undefined && hmac !== undefined)
    findings.error(where, 'authentication and auth_hmac exclude each other');
  if (authentication === undefined || version === 2) return authentication;
  findings.warning(where, 'VRRP version 3 has no authentication: it is ignored', 'Use auth_hmac.');
  return undefined;
}

function checkAddresses({ addresses }: InstanceDraft, which: Family, findings: Findings): void {
  const stray = addresses.find(({ address }) => family(address.address) !== which);
  if (stray !== undefined) {
    const hint = 'Make a second vrrp_instance, or use virtual_ipaddress_excluded.';
    findings.error(stray.at, 'IPv4 and IPv6 addresses cannot share an instance', hint);
  }
  const [first] = addresses;
  if (first !== undefined && which === 6 && !isLinkLocal(first.address.address)) {
    const message = 'the first IPv6 address must be link-local (RFC 9568 5.2.9)';
    findings.error(first.at, message, 'Put an fe80::/10 address first.');
  }
}

/** keepalived takes an address once, too. */
function once(
  placed: readonly PlacedAddress[],
  seen: Set<string>,
  findings: Findings,
): PlacedAddress[] {
  return placed.filter(({ address, at }) => {
    const key = `${address.address} ${address.interface ?? ''}`;
    if (seen.has(key)) findings.warning(at, `${address.address} stands here twice`);
    const first = !seen.has(key);
    seen.add(key);
    return first;
  });
}

/** An advert is one packet: what does not fit must be excluded from it by whoever wrote the list. */
function checkRoom(
  { addresses, authentication }: InstanceDraft,
  { family: which, version, hmac }: VrrpInstanceConfig,
  findings: Findings,
): void {
  const room =
    ROOM[which] -
    (hmac === undefined ? 0 : TRAILER_BYTES) -
    (authentication?.type === 'AH' ? AH_BYTES : 0);
  let most = 255;
  while (messageLength(version, which, most) > room) most--;
  const beyond: PlacedAddress | undefined = addresses[most];
  if (beyond !== undefined) {
    const hint = 'Put the rest into virtual_ipaddress_excluded.';
    findings.error(beyond.at, `an advert carries at most ${most} addresses`, hint);
  }
}

/** keepalived: a unicast instance needs no interface, but then nothing tells where its addresses go. */
function checkHomeless(draft: InstanceDraft, findings: Findings): void {
  const { name, at, given, source, peers, addresses, excluded } = draft;
  if (source === undefined && !given.has('unicast_src_ip')) {
    const hint = 'Add: unicast_src_ip ADDRESS, or interface NAME.';
    findings.error(at, `"${name}" has no interface: adverts need a source`, hint);
  }
  for (const { address, at: here } of [...addresses, ...excluded])
    if (address.interface === undefined)
      findings.error(here, `${address.address} needs a dev: "${name}" has no interface`);
  const linkLocal = [source, ...(peers ?? []).map(({ address }) => address)].find(
    (one) => one !== undefined && isLinkLocal(one) && family(one) === 6,
  );
  if (linkLocal !== undefined)
    findings.error(at, `${linkLocal} means nothing without an interface`, 'Add: interface NAME');
  const vmac = given.get('use_vmac') ?? given.get('use_ipvlan');
  if (vmac !== undefined) findings.error(vmac, `${vmac.text} needs an interface`);
}

function checkIpvlan(
  { vmac, given, at, transmitOnBase }: InstanceDraft,
  which: Family,
  findings: Findings,
): void {
  const where = given.get('use_ipvlan') ?? at;
  if (given.has('use_vmac') && given.has('use_ipvlan'))
    findings.error(where, 'use_vmac and use_ipvlan exclude each other');
  if (vmac?.ipvlan === undefined) return;
  if (family(vmac.ipvlan.address.address) !== which)
    findings.error(where, `the address of the ipvlan must be an IPv${which} address`);
  if (transmitOnBase)
    findings.error(given.get('vmac_xmit_base') ?? where, 'vmac_xmit_base is for use_vmac');
}

function checkFamilies(draft: InstanceDraft, which: Family, findings: Findings): void {
  const { peers, source, group, given, at } = draft;
  const wrong = (text: string | undefined): boolean =>
    text !== undefined &&
    parseIp(text) !== undefined &&
    family(parseIp(text) ?? ('' as never)) !== which;
  const peer = peers?.find(({ address }) => wrong(address));
  if (peer !== undefined)
    findings.error(given.get('unicast_peer') ?? at, `${peer.address} is of another family`);
  if (wrong(source))
    findings.error(
      given.get('unicast_src_ip') ?? given.get('mcast_src_ip') ?? at,
      `${source} is of another family`,
    );
  if (wrong(group))
    findings.error(given.get('mcast_dst_ip') ?? at, `${group} is of another family`);
  if (peers !== undefined && draft.vmac !== undefined && !draft.transmitOnBase)
    findings.error(given.get('use_vmac') ?? at, 'use_vmac with unicast_peer needs vmac_xmit_base');
}
