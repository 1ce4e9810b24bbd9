/**
 * Links, addresses and routes through NETLINK_ROUTE: each request is sent and acknowledged
 * synchronously, about 10 us, so that a takeover of 200 addresses costs less than 2 ms.
 */
import type { IpAddress, Mac } from '../net/address.ts';
import { FLAG, MESSAGE } from './netlink.ts';
import { type AddressInfo, decodeAddress, decodeLink, type LinkInfo } from './netlink-decode.ts';
import {
  type AddressFlags,
  type AddressSpec,
  addressPayload,
  defaultRoutePayload,
  ipvlanPayload,
  linkPayload,
  macvlanPayload,
  noLinkLocalPayload,
  unreachableRoutePayload,
} from './netlink-encode.ts';
import { type NetlinkOutcome, NetlinkSocket } from './netlink-socket.ts';

export interface RouteSocket {
  addAddress(spec: AddressSpec, flags: AddressFlags): NetlinkOutcome;
  /** Many at once, in one system call for some hundred of them; an outcome for each. */
  addAddresses(specs: readonly AddressSpec[], flags: AddressFlags): NetlinkOutcome[];
  deleteAddress(spec: AddressSpec): NetlinkOutcome;
  setLink(change: {
    readonly ifindex: number;
    readonly up?: boolean;
    readonly name?: string;
  }): NetlinkOutcome;
  addMacvlan(spec: {
    readonly parent: number;
    readonly name: string;
    readonly mac: Mac;
  }): NetlinkOutcome;
  addIpvlan(spec: {
    readonly parent: number;
    readonly name: string;
    readonly mode: 'bridge' | 'private' | 'vepa';
  }): NetlinkOutcome;
  /** The link makes no link-local address of its own. */
  setNoLinkLocal(ifindex: number): NetlinkOutcome;
  deleteLink(ifindex: number): NetlinkOutcome;
  deleteDefaultRoutes(): void;
  addDefaultRoute(gateway: IpAddress, ifindex: number): NetlinkOutcome;
  /** Senders to that address get an error at once; an unreachable route that is there is no error. */
  addUnreachable(address: IpAddress): NetlinkOutcome;
  listLinks(): LinkInfo[];
  listAddresses(): AddressInfo[];
  close(): void;
}

/** Requests in one system call; their answers must fit the socket's buffer. */
const BATCH = 256;

export function openRouteSocket(): RouteSocket {
  const socket = new NetlinkSocket();
  const dump = socket.dump.bind(socket);
  const request = (type: number, payload: Buffer): NetlinkOutcome =>
    socket.request(type, FLAG.ack, payload).outcome;
  const create = (type: number, payload: Buffer): NetlinkOutcome =>
    socket.request(type, FLAG.ack | FLAG.create | FLAG.exclusive, payload).outcome;

  return {
    addAddress: (spec, flags) => create(MESSAGE.newAddress, addressPayload(spec, flags)),
    addAddresses: (specs, flags) => {
      const outcomes: NetlinkOutcome[] = [];
      for (let i = 0; i < specs.length; i += BATCH) {
        const payloads = specs.slice(i, i + BATCH).map((spec) => addressPayload(spec, flags));
        outcomes.push(...socket.batch(MESSAGE.newAddress, FLAG.create | FLAG.exclusive, payloads));
      }
      return outcomes;
    },
    deleteAddress: (spec) => request(MESSAGE.deleteAddress, addressPayload(spec)),
    setLink: (change) => request(MESSAGE.setLink, linkPayload(change)),
    addMacvlan: (spec) => create(MESSAGE.newLink, macvlanPayload(spec)),
    addIpvlan: (spec) => create(MESSAGE.newLink, ipvlanPayload(spec)),
    setNoLinkLocal: (ifindex) => request(MESSAGE.setLink, noLinkLocalPayload(ifindex)),
    deleteLink: (ifindex) => request(MESSAGE.deleteLink, linkPayload({ ifindex })),
    deleteDefaultRoutes: () => {
      for (const { payload } of dump(MESSAGE.getRoute, Buffer.alloc(12))) {
        const unicastInMain = payload[1] === 0 && payload[4] === 254 && payload[7] === 1;
        if (unicastInMain) request(MESSAGE.deleteRoute, payload);
      }
    },
    addDefaultRoute: (gateway, ifindex) =>
      create(MESSAGE.newRoute, defaultRoutePayload(gateway, ifindex)),
    addUnreachable: (address) =>
      socket.request(MESSAGE.newRoute, FLAG.ack | FLAG.create, unreachableRoutePayload(address))
        .outcome,
    listLinks: () =>
      dump(MESSAGE.getLink, Buffer.alloc(16)).map(({ payload }) => decodeLink(payload)),
    listAddresses: () =>
      dump(MESSAGE.getAddress, Buffer.alloc(8)).flatMap(
        ({ payload }) => decodeAddress(payload) ?? [],
      ),
    close: () => socket.close(),
  };
}
