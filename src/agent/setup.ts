/**
 * Turns the interfaces that Docker gave a container into those of the topology: each is named after its network and
 * has the topology's addresses, and no route leads out of the lab.
 */
import type { LinkInfo } from '../linux/netlink-decode.ts';
import type { RouteSocket } from '../linux/route-socket.ts';
import { contains, type IpAddress, ip, isLinkLocal } from '../net/address.ts';
import type { ReadyInterface, SetupInterface } from './protocol.ts';

/** Docker's resolver in every container, which forwards names outside the lab to the host's servers. */
const DOCKER_DNS = ip('127.0.0.11');

/** Throws if an interface is missing or the kernel refuses. */
export function setUpInterfaces(
  routes: RouteSocket,
  wanted: readonly SetupInterface[],
): ReadyInterface[] {
  routes.deleteDefaultRoutes();
  for (const link of routes.listLinks()) {
    if (link.name === 'lo' && !link.up) routes.setLink({ ifindex: link.ifindex, up: true });
  }
  must(routes.addUnreachable(DOCKER_DNS), `closing ${DOCKER_DNS}`);
  freeNames(routes, wanted);
  return wanted.map((wanted) => setUp(routes, wanted));
}

/** Networks may be called eth0, eth1 and so on, too, in another order than Docker's. */
function freeNames(routes: RouteSocket, wanted: readonly SetupInterface[]): void {
  const taken = new Set(wanted.map(({ network }) => network));
  for (const link of routes.listLinks())
    if (taken.has(link.name)) rename(routes, link, `halab${link.ifindex}`);
}

/** Default routes; a link-local gateway is looked for on the node's first interface. */
export function addGateways(routes: RouteSocket, gateways: readonly IpAddress[]): void {
  const addresses = routes.listAddresses();
  const first = routes.listLinks().find(({ name }) => name !== 'lo');
  for (const gateway of gateways) {
    const near = addresses.find((own) => !isLinkLocal(gateway) && contains(own, gateway));
    const ifindex = near?.ifindex ?? first?.ifindex ?? 0;
    must(routes.addDefaultRoute(gateway, ifindex), `a default route to ${gateway}`);
  }
}

function setUp(
  routes: RouteSocket,
  { network, dockerAddress, addresses }: SetupInterface,
): ReadyInterface {
  const given = routes.listAddresses().find(({ address }) => address === dockerAddress);
  const link = routes.listLinks().find(({ ifindex }) => ifindex === given?.ifindex);
  if (given === undefined || link === undefined)
    throw new Error(`no interface has Docker's address ${dockerAddress}`);
  const { ifindex } = link;
  must(routes.deleteAddress(given), `removing ${dockerAddress}`);
  rename(routes, link, network);
  // The topology's addresses are unique: no duplicate address detection.
  for (const { address, length } of addresses)
    must(routes.addAddress({ ifindex, address, length }), `adding ${address}`);
  return { name: network, network, mac: link.mac, addresses, peerIfindex: link.peerIfindex };
}

function rename(routes: RouteSocket, { ifindex, name }: LinkInfo, network: string): void {
  if (name === network) return;
  must(routes.setLink({ ifindex, up: false }), `setting ${name} down`);
  must(routes.setLink({ ifindex, name: network }), `renaming ${name} to ${network}`);
  must(routes.setLink({ ifindex, up: true }), `setting ${network} up`);
}

function must(outcome: string, what: string): void {
  if (outcome !== 'done') throw new Error(`${what}: ${outcome}`);
}
