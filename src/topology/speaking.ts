/** How adverts of a virtual router are sent: authenticated, unicast, from which address. */
import { family, type IpAddress } from '../net/address.ts';
import type { Report } from './file/topology-issues.ts';
import type { VirtualRouterText } from './file/topology-schema.ts';
import { addressOn, type Member, type Node, named, type VirtualRouter } from './topology.ts';

type AuthenticationText = VirtualRouterText['authentication'];

/** `pass` and `ah` have a password, `hmac` a key. */
export function readAuthentication(
  text: AuthenticationText,
  version: 2 | 3,
  report: Report,
): Pick<VirtualRouter, 'authentication' | 'hmac'> {
  const nothing = { authentication: undefined, hmac: undefined };
  if (text === undefined) return nothing;
  const { type, password, key } = text;
  const wrong = type === 'hmac' ? password : key;
  const word = type === 'hmac' ? 'password' : 'key';
  if (wrong !== undefined)
    report.error(
      [word],
      `${type} has no ${word}`,
      `Write ${type === 'hmac' ? 'key' : 'password'}.`,
    );
  if (type === 'hmac') {
    if (key === undefined) report.error([], 'hmac needs a key: 32 to 64 characters, or hex:DIGITS');
    return { ...nothing, hmac: key };
  }
  if (version === 3)
    report.error(
      [],
      'only VRRP version 2 has authentication (RFC 5798 9)',
      'Write protocol: vrrp2, or leave it out.',
    );
  if (password === undefined) report.error([], `${type} needs a password`);
  return {
    ...nothing,
    authentication: { type: type === 'ah' ? 'AH' : 'PASS', password: password ?? '' },
  };
}

/** Unicast needs an address of the family at every member. */
export function checkUnicast(
  { name, network, family: which, unicast, members }: VirtualRouter,
  nodes: readonly Node[],
  report: Report,
): void {
  for (const { node, unicastPeers } of members) {
    const found = named(nodes, node);
    const key = ['members', node];
    if (unicast === undefined) {
      if (unicastPeers !== undefined)
        report.error(
          [...key, 'unicast_peers'],
          `"${name}" is multicast`,
          'Write unicast: true for it.',
        );
      continue;
    }
    if (found !== undefined && addressOn(found, network, which) === undefined)
      report.error(
        key,
        `"${node}" has no IPv${which} address on "${network}" to send unicast from`,
      );
    if (unicastPeers?.some((address) => family(address) !== which) === true)
      report.error([...key, 'unicast_peers'], `"${name}" is a virtual router of IPv${which}`);
  }
}

/** The peers that a member sends to [the other members]. */
export function peersOf(
  { network, family: which, members }: VirtualRouter,
  member: Member,
  nodes: readonly Node[],
): IpAddress[] {
  if (member.unicastPeers !== undefined) return [...member.unicastPeers];
  const others = members.filter(({ node }) => node !== member.node).map(({ node }) => node);
  return nodes
    .filter(({ name }) => others.includes(name))
    .flatMap((node) => addressOn(node, network, which) ?? []);
}
