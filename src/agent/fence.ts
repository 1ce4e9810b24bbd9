/**
 * The fence of a run, made in the host's network namespace: no frame of a node reaches the host's protocols,
 * whether IPv4, IPv6, ARP or tagged, so it reaches no service of the host and is not routed. A frame is dropped
 * where the bridge would hand it to the host, behind the tap, which still captures it. Frames from port to port do
 * not pass this point.
 *
 * A frame for one of the reserved groups 01:80:c2:00:00:0X goes to the protocols of the port and never passes the
 * bridge, so it is dropped at the port.
 *
 * Before the bridge took it, a port was an interface of the host for a moment. Frames that the host still sends
 * there (reports of IPv6 groups, seconds later) are dropped as well.
 */
import { DROP, type FrameFilter, type FrameHook, PASS } from '../linux/frame-filter.ts';
import type { LinkInfo } from '../linux/netlink-decode.ts';
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

/** Matches frames with the interface's own MAC as source; frames that a bridge forwards keep their source. */
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

/** Shuts bridges off from the host; call it again for new ports. Answers why it failed, or undefined. */
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
    // The host must not send to the nodes either.
    ...bridges.flatMap((link) => add(link, 'egress', EVERYTHING)),
    ...ports.flatMap((link) => add(link, 'ingress', RESERVED)),
    ...ports.flatMap((link) => add(link, 'egress', ownFrames(link.mac))),
  ];
  return problems[0];
}

/** The host must have no address on these links, nor make one. */
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
