/** Virtual routers of a topology file: ranges of the protocol, members, and values that differ between members. */
import { family, type IpAddress, type Prefix } from '../../net/address.ts';
import { type Micros, micros, milliseconds, seconds } from '../../time.ts';
import type { Extras } from '../adopted.ts';
import {
  addressOn,
  type Member,
  type Network,
  type Node,
  named,
  type VirtualRouter,
} from '../topology.ts';
import { readTrack } from './service-file.ts';
import type { Report } from './topology-issues.ts';
import type { MemberText, VirtualRouterText } from './topology-schema.ts';
import { checkVirtualAddresses } from './virtual-address-check.ts';

const V3_INTERVAL_MAX = micros(40_950_000);
const LONGEST_DELAY = seconds(1_000);
const NOWHERE = '0.0.0.0' as IpAddress;

export function readVirtualRouter(
  name: string,
  text: VirtualRouterText,
  extras: Extras | undefined,
  { networks, nodes }: { readonly networks: readonly Network[]; readonly nodes: readonly Node[] },
  whole: Report,
): VirtualRouter {
  const report = whole.below('virtual_routers', name);
  checkPresence(name, text, report);
  const addresses = text.addresses ?? [];
  const version = text.protocol === 'vrrp2' ? 2 : 3;
  const which = family(addresses[0]?.address ?? NOWHERE);
  const network = named(networks, text.network);
  if (network !== undefined) checkVirtualAddresses(addresses, network, report.below('addresses'));
  else if (text.network !== undefined)
    report.unknown(['network'], 'network', text.network, networks);
  if (version === 2 && which === 6)
    report.error(['protocol'], 'VRRP version 2 carries no IPv6', 'Write protocol: vrrp3.');
  const advertInterval = text.advert_interval ?? seconds(1);
  checkInterval(advertInterval, version, report);
  const proof = readAuthentication(text.authentication, version, report.below('authentication'));
  const draft = { name, text, version, family: which, network, nodes, extras } as const;
  const router: VirtualRouter = {
    name,
    vrid: text.vrid ?? 0,
    version,
    family: which,
    network: text.network ?? '',
    addresses,
    advertInterval,
    downAdverts: extras?.downAdverts ?? 3,
    ...proof,
    unicast: text.unicast === true ? true : undefined,
    useVmac: text.use_vmac === true ? true : undefined,
    unsupported: text.unsupported ?? 'skip-cell',
    members: Object.entries(text.members ?? {}).map(([node, own]) =>
      readMember(node, own, draft, report.below('members', node)),
    ),
    track: readTrack(text.track, extras?.ownScripts ?? [], report.below('track')),
    notify: text.notify ?? false,
  };
  checkUnicast(router, nodes, report);
  return router;
}

/** Keys that YAML must have unless a member's file has them. */
function checkPresence(name: string, text: VirtualRouterText, report: Report): void {
  for (const key of ['vrid', 'network', 'addresses', 'members'] as const)
    if (text[key] === undefined) report.error([key], `missing: virtual_routers.${name}.${key}`);
  if (text.members !== undefined && Object.keys(text.members).length === 0)
    report.error(
      ['members'],
      'a virtual router needs at least one member',
      'Add a router of the topology: gw1: { priority: 150 }.',
    );
}

function checkInterval(interval: Micros, version: 2 | 3, report: Report): void {
  const path = ['advert_interval'];
  const isWhole = (unit: number, most: number): boolean =>
    interval % unit === 0 && interval >= unit && interval <= most;
  if (version === 2 && !isWhole(1_000_000, 255_000_000))
    report.error(
      path,
      'VRRP version 2 counts whole seconds, 1s..255s',
      'Use protocol: vrrp3 for shorter ones.',
    );
  if (version === 3 && !isWhole(10_000, V3_INTERVAL_MAX))
    report.error(path, 'VRRP version 3 counts centiseconds, 10ms..40.95s (RFC 9568 5.2.7)');
}

interface RouterDraft extends Pick<VirtualRouter, 'name' | 'version' | 'family'> {
  readonly text: VirtualRouterText;
  readonly network: Network | undefined;
  readonly nodes: readonly Node[];
  readonly extras: Extras | undefined;
}

function readMember(node: string, own: MemberText, router: RouterDraft, report: Report): Member {
  const { name, text, nodes, extras } = router;
  const found = named(nodes, node);
  const attached = found?.attach.find(({ network }) => network === text.network);
  if (found === undefined) report.unknown([], 'node', node, nodes);
  else if (found.role !== 'router') report.error([], `"${node}" is a ${found.role}, not a router`);
  else if (attached === undefined)
    report.error([], `"${node}" is not attached to network "${text.network}"`);
  else if (router.family === 4 && !attached.addresses.some(({ address }) => family(address) === 4))
    report.error(
      [],
      `"${node}" has no IPv4 address on "${text.network}": nothing could be the source of its adverts`,
    );
  checkOverrides(own, router, report);
  const preempt = own.preempt ?? text.preempt ?? true;
  const preemptDelay = own.preempt_delay ?? milliseconds(0);
  if (preemptDelay > LONGEST_DELAY) report.error(['preempt_delay'], 'preempt_delay is 0s..1000s');
  return {
    node,
    instance: extras?.instances.get(node) ?? name,
    priority: own.priority ?? 100,
    preempt,
    preemptDelay,
    accept: own.accept ?? true,
    addresses: own.addresses,
    advertInterval: own.advert_interval,
    unicastPeers: own.unicast_peers,
    checksum: own.checksum ?? 'pseudo-header',
  };
}

/** A value that differs at one member must be possible, too. */
function checkOverrides(
  own: MemberText,
  { name, version, family: which, network }: RouterDraft,
  report: Report,
): void {
  if (own.advert_interval !== undefined) checkInterval(own.advert_interval, version, report);
  if (own.checksum === 'rfc9568' && (version === 2 || which === 6))
    report.error(
      ['checksum'],
      'only version 3 over IPv4 has two forms of the checksum',
      'Leave it out.',
    );
  const addresses: readonly Prefix[] = own.addresses ?? [];
  if (network !== undefined && addresses.length > 0)
    checkVirtualAddresses(addresses, network, report.below('addresses'));
  if (addresses.some(({ address }) => family(address) !== which))
    report.error(['addresses'], `"${name}" is a virtual router of IPv${which}`);
}

/** `pass` and `ah` have a password, `hmac` a key. */
function readAuthentication(
  text: VirtualRouterText['authentication'],
  version: 2 | 3,
  report: Report,
): Pick<VirtualRouter, 'authentication' | 'hmac'> {
  if (text === undefined) return { authentication: undefined, hmac: undefined };
  const { type, password, key } = text;
  const [own, other] = type === 'hmac' ? KEY : PASSWORD;
  if (text[other] !== undefined) report.error([other], `${type} has no ${other}`, `Write ${own}.`);
  if (type === 'hmac') {
    if (key === undefined) report.error([], 'hmac needs a key: 32 to 64 characters, or hex:DIGITS');
    return { authentication: undefined, hmac: key };
  }
  if (version === 3) {
    const hint = 'Write protocol: vrrp2, or leave it out.';
    report.error([], 'only VRRP version 2 has authentication (RFC 5798 9)', hint);
  }
  if (password === undefined) report.error([], `${type} needs a password`);
  const kind = type === 'ah' ? 'AH' : 'PASS';
  return { authentication: { type: kind, password: password ?? '' }, hmac: undefined };
}

const KEY = ['key', 'password'] as const;
const PASSWORD = ['password', 'key'] as const;

/** Unicast needs an address of the family at every member. */
function checkUnicast(
  { name, network, family: which, unicast, members }: VirtualRouter,
  nodes: readonly Node[],
  report: Report,
): void {
  for (const { node, unicastPeers } of members) {
    const at = ['members', node];
    const peers = [...at, 'unicast_peers'];
    const found = named(nodes, node);
    if (unicast === undefined) {
      if (unicastPeers !== undefined)
        report.error(peers, `"${name}" is multicast`, 'Write unicast: true for it.');
      continue;
    }
    if (found !== undefined && addressOn(found, network, which) === undefined)
      report.error(at, `"${node}" has no IPv${which} address on "${network}" to send unicast from`);
    if (unicastPeers?.some((address) => family(address) !== which) === true)
      report.error(peers, `"${name}" is a virtual router of IPv${which}`);
  }
}
