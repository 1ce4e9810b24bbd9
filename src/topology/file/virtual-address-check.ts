/** Virtual addresses: usable by hosts, inside their network, used once, and owned only by an address owner. */
import { contains, family, formatPrefix, isLinkLocal, type Prefix } from '../../net/address.ts';
import { bitsOf, noHost } from '../../net/prefix.ts';
import { hasAddress, type Network, type Node, named, type VirtualRouter } from '../topology.ts';
import type { Path } from '../yaml/yaml-source.ts';
import { subnetsOf } from './network-file.ts';
import type { Report } from './topology-issues.ts';

/** The address owner (RFC 9568 5.2.4). */
const OWNER = 255;

/** Checks a list of addresses by itself. */
export function checkVirtualAddresses(
  addresses: readonly Prefix[],
  network: Network,
  report: Report,
): void {
  const seen = new Set<string>();
  for (const [i, { address, length }] of addresses.entries()) {
    const at = [i];
    const subnet = network.subnets.find((candidate) => contains(candidate, address));
    if (seen.has(address)) report.error(at, `${address} stands here twice`, 'Take one out.');
    seen.add(address);
    if (family(address) !== family(addresses[0]?.address ?? address))
      report.error(
        at,
        'IPv4 and IPv6 addresses cannot share a virtual router',
        'Make a second virtual router.',
      );
    else if (family(address) === 6 && i === 0 && !isLinkLocal(address))
      report.error(
        at,
        `the first IPv6 address must be link-local, got ${address}`,
        'Put an fe80::/10 address first (RFC 9568 5.2.9).',
      );
    else if (!isLinkLocal(address) && subnet === undefined)
      report.error(at, `${address} is outside network "${network.name}" (${subnetsOf(network)})`);
    else checkPlace(at, { address, length }, subnet, report);
  }
}

function checkPlace(at: Path, vip: Prefix, subnet: Prefix | undefined, report: Report): void {
  const { address, length } = vip;
  const enclosing = subnet ?? { address, length: 64 };
  const impossible = noHost(enclosing, address) ?? noHost(vip, address);
  if (impossible !== undefined) report.error(at, impossible, 'Take one in between.');
  const whole = bitsOf(family(address));
  if (length < enclosing.length && !(subnet === undefined && length >= 10))
    report.error(
      at,
      `${formatPrefix(vip)} is wider than its network: whoever holds it would take others for neighbours`,
      `Write ${address}/${enclosing.length}, or ${address}/${whole}.`,
    );
}

/** Checks lists against each other: an address belongs to one virtual router, and to no node but its owner. */
export function checkOwnership(
  routers: readonly VirtualRouter[],
  nodes: readonly Node[],
  report: Report,
): void {
  const taken = new Map<string, string>();
  for (const router of routers) {
    for (const { path, address } of listed(router)) {
      // A link-local address is unique on its network only.
      const key = isLinkLocal(address) ? `${router.network} ${address}` : address;
      const other = taken.get(key);
      if (other !== undefined && other !== router.name)
        report.error(
          path,
          `${address} is a virtual address of "${other}", too`,
          'An address belongs to one virtual router: two owners would both answer for it.',
        );
      taken.set(key, router.name);
      const holder = nodes.find((node) => holds(node, router, address));
      if (holder !== undefined && !ownsIt(router, holder))
        report.error(
          path,
          `${address} is the address of "${holder.name}"`,
          `Take a free one; only its owner has it as its own: a member of priority ${OWNER} (RFC 9568 5.2.4).`,
        );
    }
    checkOwner(router, nodes, report);
  }
}

/** Every address with the path at which it is written first. */
function listed({ name, addresses, members }: VirtualRouter) {
  const path = ['virtual_routers', name];
  const all = [
    ...addresses.map(({ address }, i) => ({ path: [...path, 'addresses', i], address })),
    ...members.flatMap((member) =>
      (member.addresses ?? []).map(({ address }, i) => ({
        path: [...path, 'members', member.node, 'addresses', i],
        address,
      })),
    ),
  ];
  return all.filter(({ address }, i) => all.findIndex((entry) => entry.address === address) === i);
}

/** A member with priority 255 must have the addresses as its own. */
function checkOwner(router: VirtualRouter, nodes: readonly Node[], report: Report): void {
  for (const { node: name, priority, addresses = router.addresses } of router.members) {
    const node = named(nodes, name);
    if (priority !== OWNER || node === undefined) continue;
    const strange = addresses.find(
      ({ address }) => !isLinkLocal(address) && !holds(node, router, address),
    );
    if (strange !== undefined)
      report.error(
        ['virtual_routers', router.name, 'members', name, 'priority'],
        `priority ${OWNER} means that "${name}" owns the addresses, and ${strange.address} is not its own (RFC 9568 5.2.4)`,
        `Write a priority of 1..254, or attach "${name}" to "${router.network}" with ${strange.address}.`,
      );
  }
}

function ownsIt({ members }: VirtualRouter, { name }: Node): boolean {
  return members.some(({ node, priority }) => node === name && priority === OWNER);
}

function holds({ attach }: Node, { network }: VirtualRouter, address: string): boolean {
  return attach.some((own) => own.network === network && hasAddress(own, address));
}

/** Two virtual routers must not share a VRID on a network: each would process the other's adverts. */
export function checkVrids(routers: readonly VirtualRouter[], report: Report): void {
  const seen = new Map<string, string>();
  for (const { name, network, vrid, family: which } of routers) {
    const key = `${network} ${vrid} ${which}`;
    const other = seen.get(key);
    if (other !== undefined)
      report.error(
        ['virtual_routers', name, 'vrid'],
        `VRID ${vrid} is used twice on "${network}": also by "${other}"`,
      );
    seen.set(key, name);
  }
}
