/** Reports every change of links, addresses and neighbours that the kernel announces. */
import { datagrams, lastError, whenReadable } from './libc.ts';
import { decodeMessages, MESSAGE, type NetlinkMessage } from './netlink.ts';
import {
  type AddressInfo,
  decodeAddress,
  decodeLink,
  decodeNeighbor,
  decodeRoute,
  type LinkInfo,
  type NeighborInfo,
  type RouteInfo,
} from './netlink-decode.ts';
import { openNetlink } from './netlink-socket.ts';

/** Errors that mean lost messages; the socket works on afterwards. */
export const OVERRUN =
  'news of addresses and links were lost (ENOBUFS): too many at once; all are read again';

export interface RouteHandlers {
  readonly onLink?: (link: LinkInfo, removed: boolean) => void;
  readonly onAddress?: (address: AddressInfo, removed: boolean) => void;
  readonly onNeighbor?: (neighbor: NeighborInfo) => void;
  readonly onRouteRemoved?: (route: RouteInfo) => void;
  readonly onRuleRemoved?: () => void;
  /** Messages were lost: list everything again. */
  readonly onOverrun: () => void;
}

const GROUP = {
  link: 1,
  neighbor: 4,
  ip4Address: 0x10,
  ip4Route: 0x40,
  ip4Rule: 0x80,
  ip6Address: 0x100,
  ip6Route: 0x400,
  ip6Rule: 0x4_0000,
} as const;
const RECEIVE_BYTES = 65_536;
const ENOBUFS = 105;

export function watchRoutes(handlers: RouteHandlers): { close(): void } {
  const groups =
    GROUP.link |
    GROUP.ip4Address |
    GROUP.ip6Address |
    (handlers.onNeighbor === undefined ? 0 : GROUP.neighbor) |
    (handlers.onRouteRemoved === undefined ? 0 : GROUP.ip4Route | GROUP.ip6Route) |
    (handlers.onRuleRemoved === undefined ? 0 : GROUP.ip4Rule | GROUP.ip6Rule);
  const fd = openNetlink(groups, true);
  const buffer = Buffer.alloc(RECEIVE_BYTES);
  return whenReadable(fd, () => {
    for (const bytes of datagrams(fd, buffer))
      for (const message of decodeMessages(bytes)) dispatch(message, handlers);
    if (lastError().number === ENOBUFS) handlers.onOverrun();
  });
}

function dispatch({ type, payload }: NetlinkMessage, handlers: RouteHandlers): void {
  if (type === MESSAGE.newLink || type === MESSAGE.deleteLink) {
    handlers.onLink?.(decodeLink(payload), type === MESSAGE.deleteLink);
  } else if (type === MESSAGE.newAddress || type === MESSAGE.deleteAddress) {
    const address = decodeAddress(payload);
    if (address !== undefined) handlers.onAddress?.(address, type === MESSAGE.deleteAddress);
  } else if (type === MESSAGE.newNeighbor || type === MESSAGE.deleteNeighbor) {
    const neighbor = decodeNeighbor(payload, type === MESSAGE.deleteNeighbor);
    if (neighbor !== undefined) handlers.onNeighbor?.(neighbor);
  } else if (type === MESSAGE.deleteRoute) {
    const route = decodeRoute(payload);
    if (route !== undefined) handlers.onRouteRemoved?.(route);
  } else if (type === MESSAGE.deleteRule) {
    handlers.onRuleRemoved?.();
  }
}
