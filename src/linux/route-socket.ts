/**
 * Links, addresses and routes through NETLINK_ROUTE: each request is sent and acknowledged
 * synchronously, about 10 us, so that a takeover of 200 addresses costs less than 2 ms.
 */
import type { IpAddress, Mac } from '../net/address.ts';
import {
  type AddressFlags,
  type AddressInfo,
  type AddressSpec,
  addressPayload,
  attribute,
  decodeAddress,
  decodeLink,
  defaultRoutePayload,
  FLAG,
  ipvlanPayload,
  type LinkInfo,
  MESSAGE,
  macvlanPayload,
  noLinkLocalPayload,
  unreachableRoutePayload,
} from './netlink.ts';
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
  /** Nothing is sent to that address. */
  addUnreachable(address: IpAddress): NetlinkOutcome;
  listLinks(): LinkInfo[];
  listAddresses(): AddressInfo[];
  close(): void;
}

/** Requests in one system call; their answers must fit the socket's buffer. */
const BATCH = 256;

export function openRouteSocket(): RouteSocket {
  const socket = new NetlinkSocket();
  const request = socket.request.bind(socket);
  const batch = socket.batch.bind(socket);
  const dump = socket.dump.bind(socket);

  return {
    addAddress: (spec, flags) =>
      request(
        MESSAGE.newAddress,
        FLAG.ack | FLAG.create | FLAG.exclusive,
        addressPayload(spec, flags),
      ).outcome,
    addAddresses: (specs, flags) => {
      const outcomes: NetlinkOutcome[] = [];
      for (let i = 0; i < specs.length; i += BATCH) {
        const payloads = specs.slice(i, i + BATCH).map((spec) => addressPayload(spec, flags));
        outcomes.push(...batch(MESSAGE.newAddress, FLAG.create | FLAG.exclusive, payloads));
      }
      return outcomes;
    },
    deleteAddress: (spec) => request(MESSAGE.deleteAddress, FLAG.ack, addressPayload(spec)).outcome,
    setLink: (change) => request(MESSAGE.setLink, FLAG.ack, linkPayload(change)).outcome,
    addMacvlan: (spec) =>
      request(MESSAGE.newLink, FLAG.ack | FLAG.create | FLAG.exclusive, macvlanPayload(spec))
        .outcome,
    addIpvlan: (spec) =>
      request(MESSAGE.newLink, FLAG.ack | FLAG.create | FLAG.exclusive, ipvlanPayload(spec))
        .outcome,
    setNoLinkLocal: (ifindex) =>
      request(MESSAGE.setLink, FLAG.ack, noLinkLocalPayload(ifindex)).outcome,
    deleteLink: (ifindex) =>
      request(MESSAGE.deleteLink, FLAG.ack, linkPayload({ ifindex })).outcome,
    deleteDefaultRoutes: () => {
      for (const { payload } of dump(MESSAGE.getRoute, Buffer.alloc(12))) {
        const unicastInMain = payload[1] === 0 && payload[4] === 254 && payload[7] === 1;
        if (unicastInMain) request(MESSAGE.deleteRoute, FLAG.ack, payload);
      }
    },
    addDefaultRoute: (gateway, ifindex) =>
      request(
        MESSAGE.newRoute,
        FLAG.ack | FLAG.create | FLAG.exclusive,
        defaultRoutePayload(gateway, ifindex),
      ).outcome,
    addUnreachable: (address) =>
      request(MESSAGE.newRoute, FLAG.ack | FLAG.create, unreachableRoutePayload(address)).outcome,
    listLinks: () =>
      dump(MESSAGE.getLink, Buffer.alloc(16)).map(({ payload }) => decodeLink(payload)),
    listAddresses: () =>
      dump(MESSAGE.getAddress, Buffer.alloc(8)).flatMap(
        ({ payload }) => decodeAddress(payload) ?? [],
      ),
    close: () => socket.close(),
  };
}

function linkPayload({
  ifindex,
  up,
  name,
}: {
  readonly ifindex: number;
  readonly up?: boolean;
  readonly name?: string;
}): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(ifindex, 4);
  if (up !== undefined) {
    header.writeUInt32LE(up ? 1 : 0, 8);
    header.writeUInt32LE(1, 12);
  }
  return name === undefined
    ? header
    : Buffer.concat([header, attribute(3, Buffer.from(`${name}\0`))]);
}
