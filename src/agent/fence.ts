/**
 * The fence of a run, made in the host's network namespace: what comes from a node never reaches the host's
 * protocols, so it neither reaches a service of the host nor is it routed anywhere, whatever it is: IPv4,
 * IPv6, ARP, tagged. A frame is dropped where the bridge would hand it to the host, behind the tap, which
 * still sees it; what the bridge carries from port to port does not pass there.
 *
 * A frame for one of the reserved groups 01:80:c2:00:00:0X is handed to the protocols of the port itself
 * and never passes the bridge: it is dropped at the port.
 *
 * A port was an interface of the host's own for a moment, before the bridge took it: what the host still has to
 * say there (reports of IPv6 groups, seconds later) is dropped as well.
 */
import { DROP, type FrameFilter, type FrameHook, PASS } from '../linux/frame-filter.ts';
import type { LinkInfo } from '../linux/netlink.ts';
import type { Instruction } from '../linux/packet-filter.ts';
import type { RouteSocket } from '../linux/route-socket.ts';
import { type Mac, macToBytes } from '../net/address.ts';

const EVERYTHING: readonly Instruction[] = [[0x06, 0, 0, DROP]];
const RESERVED: readonly Instruction[] = [
  [0x20, 0, 0, 0], // the first four bytes of the destination
  [0x15, 0, 4, 0x0180_c200],
  [0x28, 0, 0, 4], // its last two
  [0x54, 0, 0, 0xfff0],
  [0x15, 0, 1, 0],
  [0x06, 0, 0, DROP],
  [0x06, 0, 0, PASS],
];

/** Frames that an interface sends as itself; what a bridge passes on keeps the source that it has. */
function ownFrames(mac: Mac): readonly Instruction[] {
  const bytes = Buffer.from(macToBytes(mac));
  return [
    [0x20, 0, 0, 6], // the first four bytes of the source
    [0x15, 0, 3, bytes.readUInt32BE(0)],
    [0x28, 0, 0, 10], // its last two
    [0x15, 0, 1, bytes.readUInt16BE(4)],
    [0x06, 0, 0, DROP],
    [0x06, 0, 0, PASS],
  ];
}

/** Shuts bridges off from the host; again when ports have come. Why it could not, in words. */
export function fenceOff(
  routes: RouteSocket,
  filter: FrameFilter,
  names: readonly string[],
): string | undefined {
  const links = routes.listLinks();
  const bridges = links.filter(({ name }) => names.includes(name));
  if (bridges.length < names.length) return 'a bridge is missing';
  const ports = portsOf(bridges, links);
  removeAddresses(routes, [...bridges, ...ports]);
  const add = (link: LinkInfo, hook: FrameHook, program: readonly Instruction[]) => {
    const outcome = filter.add(link.ifindex, hook, program);
    return outcome === 'done' ? [] : [`${hook} filter of ${link.name}: ${outcome}`];
  };
  const problems = [
    ...bridges.flatMap((link) => add(link, 'ingress', EVERYTHING)),
    // What the host itself would say there is not for the nodes.
    ...bridges.flatMap((link) => add(link, 'egress', EVERYTHING)),
    ...ports.flatMap((link) => add(link, 'ingress', RESERVED)),
    ...ports.flatMap((link) => add(link, 'egress', ownFrames(link.mac))),
  ];
  return problems[0];
}

/** The host has no address there, and makes none: nobody there can be spoken to. */
function removeAddresses(routes: RouteSocket, links: readonly LinkInfo[]): void {
  const indexes = new Set(links.map(({ ifindex }) => ifindex));
  for (const ifindex of indexes) routes.setNoLinkLocal(ifindex);
  for (const address of routes.listAddresses())
    if (indexes.has(address.ifindex)) routes.deleteAddress(address);
}

function portsOf(bridges: readonly LinkInfo[], links: readonly LinkInfo[]): LinkInfo[] {
  const indexes = bridges.map(({ ifindex }) => ifindex);
  return links.filter(({ masterIfindex }) => indexes.includes(masterIfindex));
}
