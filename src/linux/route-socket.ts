/**
 * Links, addresses and routes through NETLINK_ROUTE: each request is sent and acknowledged
 * synchronously, about 10 us, so that a takeover of 200 addresses costs less than 2 ms.
 */
import type { Mac } from '../net/address.ts';
import { errorName, lastError, libc } from './libc.ts';
import {
  type AddressFlags,
  type AddressInfo,
  type AddressSpec,
  addressPayload,
  attribute,
  decodeAddress,
  decodeLink,
  decodeMessages,
  encodeMessage,
  FLAG,
  ipvlanPayload,
  type LinkInfo,
  MESSAGE,
  macvlanPayload,
  type NetlinkMessage,
  noLinkLocalPayload,
} from './netlink.ts';

/** `done`, or why not: `EEXIST`, `EADDRNOTAVAIL`, `EPERM` ... */
export type NetlinkOutcome = 'done' | string;

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
  listLinks(): LinkInfo[];
  listAddresses(): AddressInfo[];
  close(): void;
}

const AF_NETLINK = 16;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const RECEIVE_BYTES = 65_536;
/** Requests in one system call; their answers must fit the socket's buffer. */
const BATCH = 256;

/** Throws if the kernel gives no socket. */
export function openNetlink(groups: number, nonBlocking: boolean): number {
  const fd = libc().socket(AF_NETLINK, SOCK_RAW_CLOEXEC | (nonBlocking ? 0o4000 : 0), 0);
  if (fd < 0) throw new Error(`no netlink socket: ${lastError().name}`);
  const address = Buffer.alloc(12);
  address.writeUInt16LE(AF_NETLINK, 0);
  address.writeUInt32LE(groups, 8);
  if (libc().bind(fd, address, address.length) < 0)
    throw new Error(`netlink bind: ${lastError().name}`);
  return fd;
}

export function openRouteSocket(): RouteSocket {
  const fd = openNetlink(0, false);
  const buffer = Buffer.alloc(RECEIVE_BYTES);
  let sequence = 0;

  /** Sends one request and collects its answers up to the acknowledgement or the end of the dump. */
  const request = (type: number, flags: number, payload: Buffer): Answer => {
    const own = ++sequence;
    const message = encodeMessage(type, FLAG.request | flags, own, payload);
    if (libc().send(fd, message, message.length, 0) < 0) {
      return { outcome: lastError().name, messages: [] };
    }
    const messages: NetlinkMessage[] = [];
    for (;;) {
      const length = Number(libc().recv(fd, buffer, buffer.length, 0));
      if (length < 0) return { outcome: lastError().name, messages };
      const answers = [...decodeMessages(Buffer.from(buffer.subarray(0, length)))];
      const mine = answers.filter((answer) => answer.sequence === own);
      messages.push(...mine.filter(({ type: kind }) => kind > MESSAGE.done));
      const last = mine.find(({ type: kind }) => kind === MESSAGE.done || kind === MESSAGE.error);
      if (last !== undefined) return { outcome: outcomeOf(last), messages };
    }
  };
  /** Only what fails is answered, and the last one: the kernel works them off in order. */
  const batch = (type: number, flags: number, payloads: readonly Buffer[]): NetlinkOutcome[] => {
    const first = sequence + 1;
    const messages = payloads.map((payload, i) => {
      const ack = i === payloads.length - 1 ? FLAG.ack : 0;
      return encodeMessage(type, FLAG.request | flags | ack, ++sequence, payload);
    });
    const outcomes = payloads.map((): NetlinkOutcome => 'done');
    const whole = Buffer.concat(messages);
    if (libc().send(fd, whole, whole.length, 0) < 0) return outcomes.fill(lastError().name);
    for (;;) {
      const length = Number(libc().recv(fd, buffer, buffer.length, 0));
      if (length < 0) return outcomes.fill(lastError().name);
      for (const answer of decodeMessages(Buffer.from(buffer.subarray(0, length)))) {
        if (answer.type !== MESSAGE.error || answer.sequence < first) continue;
        outcomes[answer.sequence - first] = outcomeOf(answer);
        if (answer.sequence === sequence) return outcomes;
      }
    }
  };
  const dump = (type: number, payload: Buffer): readonly NetlinkMessage[] =>
    request(type, FLAG.dump, payload).messages;

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
    listLinks: () =>
      dump(MESSAGE.getLink, Buffer.alloc(16)).map(({ payload }) => decodeLink(payload)),
    listAddresses: () =>
      dump(MESSAGE.getAddress, Buffer.alloc(8)).flatMap(
        ({ payload }) => decodeAddress(payload) ?? [],
      ),
    close: () => void libc().close(fd),
  };
}

interface Answer {
  readonly outcome: NetlinkOutcome;
  readonly messages: readonly NetlinkMessage[];
}

/** The end of a dump, or an acknowledgement with its error number. */
function outcomeOf({ type, payload }: NetlinkMessage): NetlinkOutcome {
  const code = type === MESSAGE.error ? -payload.readInt32LE(0) : 0;
  return code === 0 ? 'done' : errorName(code);
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
