/**
 * Links, addresses and routes through NETLINK_ROUTE: each request is sent and acknowledged
 * synchronously, about 10 us, so that a takeover of 200 addresses costs less than 2 ms.
 */
import type { IpAddress } from '../net/address.ts';
import { FLAG, MESSAGE } from './netlink.ts';
import { type AddressInfo, decodeAddress, decodeLink, type LinkInfo } from './netlink-decode.ts';
import {
  type AddressSpec,
  addressPayload,
  defaultRoutePayload,
  type IpvlanSpec,
  ipvlanPayload,
  type LinkChange,
  linkPayload,
  type MacvlanSpec,
  macvlanPayload,
  noLinkLocalPayload,
  unreachableRoutePayload,
} from './netlink-encode.ts';
import { type NetlinkOutcome, NetlinkSocket } from './netlink-socket.ts';

export type RouteSocket = ReturnType<typeof openRouteSocket>;

/** Requests in one system call; their answers must fit the socket's buffer. */
const BATCH = 256;

export function openRouteSocket() {
  const socket = new NetlinkSocket();
  const dump = socket.dump.bind(socket);
  const request = (type: number, payload: Buffer, flags = 0): NetlinkOutcome =>
    socket.request(type, FLAG.ack | flags, payload).outcome;
  const create = (type: number, payload: Buffer): NetlinkOutcome =>
    request(type, payload, FLAG.create | FLAG.exclusive);

  return {
    addAddress: (spec: AddressSpec) => create(MESSAGE.newAddress, addressPayload(spec, 'own')),
    /** Virtual ones, in one system call for some hundred of them; an outcome for each. */
    addAddresses: (specs: readonly AddressSpec[]): NetlinkOutcome[] => {
      const outcomes: NetlinkOutcome[] = [];
      for (let i = 0; i < specs.length; i += BATCH) {
        const payloads = specs.slice(i, i + BATCH).map((spec) => addressPayload(spec, 'virtual'));
        outcomes.push(...socket.batch(MESSAGE.newAddress, FLAG.create | FLAG.exclusive, payloads));
      }
      return outcomes;
    },
    deleteAddress: (spec: AddressSpec) => request(MESSAGE.deleteAddress, addressPayload(spec)),
    setLink: (change: LinkChange) => request(MESSAGE.setLink, linkPayload(change)),
    addMacvlan: (spec: MacvlanSpec) => create(MESSAGE.newLink, macvlanPayload(spec)),
    addIpvlan: (spec: IpvlanSpec) => create(MESSAGE.newLink, ipvlanPayload(spec)),
    /** The link makes no link-local address of its own. */
    setNoLinkLocal: (ifindex: number) => request(MESSAGE.setLink, noLinkLocalPayload(ifindex)),
    deleteLink: (ifindex: number) => request(MESSAGE.deleteLink, linkPayload({ ifindex })),
    deleteDefaultRoutes: (): void => {
      for (const { payload } of dump(MESSAGE.getRoute, Buffer.alloc(12))) {
        const unicastInMain = payload[1] === 0 && payload[4] === 254 && payload[7] === 1;
        if (unicastInMain) request(MESSAGE.deleteRoute, payload);
      }
    },
    addDefaultRoute: (gateway: IpAddress, ifindex: number) =>
      create(MESSAGE.newRoute, defaultRoutePayload(gateway, ifindex)),
    /** Senders to that address get an error at once; an unreachable route that is there is no error. */
    addUnreachable: (address: IpAddress) =>
      request(MESSAGE.newRoute, unreachableRoutePayload(address), FLAG.create),
    listLinks: (): LinkInfo[] =>
      dump(MESSAGE.getLink, Buffer.alloc(16)).map(({ payload }) => decodeLink(payload)),
    listAddresses: (): AddressInfo[] =>
      dump(MESSAGE.getAddress, Buffer.alloc(8)).flatMap(
        ({ payload }) => decodeAddress(payload) ?? [],
      ),
    close: () => socket.close(),
  };
}
