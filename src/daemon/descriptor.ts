/** What lies under a socket, which Node has no public access to. */
import type { Socket } from 'node:net';
import { peerUser } from '../linux/descriptors.ts';

/** Undefined: the socket is closed. */
export function descriptorOf(socket: object): number | undefined {
  return (socket as { readonly _handle?: { readonly fd?: number } })._handle?.fd;
}

/** The user at the other end of a unix socket. */
export function userOf(socket: Socket): number | undefined {
  const fd = descriptorOf(socket);
  return fd === undefined ? undefined : peerUser(fd);
}
