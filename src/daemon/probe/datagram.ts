/** A connected UDP socket to a target: ICMP errors come back as errors of the socket. */
import { createSocket, type Socket } from 'node:dgram';
import type { ProbeTarget } from '../../engine/core/config-checker.ts';
import { placeSocket } from '../../linux/marked-socket.ts';
import { family } from '../../net/address.ts';
import { descriptorOf } from '../descriptor.ts';
import { type Report, reasonOf } from './running.ts';

/** The function that it answers with closes the socket. */
export function openDatagram(
  target: ProbeTarget,
  report: Report,
  on: {
    readonly connected: (socket: Socket) => void;
    readonly message: (bytes: Buffer) => void;
  },
): () => void {
  const socket = createSocket(family(target.address) === 4 ? 'udp4' : 'udp6');
  let closed = false;
  socket.on('error', (error) => report(reasonOf(error)));
  socket.on('message', on.message);
  socket.bind(target.bindPort, target.bindAddress, () => {
    if (closed) return;
    const problem = target.port === 0 ? 'ECONNREFUSED' : place(socket, target);
    if (problem !== undefined) {
      report(reasonOf({ code: problem }));
      return;
    }
    socket.connect(target.port, target.address, () => {
      if (!closed) on.connected(socket);
    });
  });
  return () => {
    if (!closed) socket.close();
    closed = true;
  };
}

function place(socket: Socket, { mark, bindInterface }: ProbeTarget): string | undefined {
  // Node has no options for a mark or an interface, but a bound socket has a descriptor.
  return placeSocket(descriptorOf(socket) ?? -1, mark, bindInterface);
}
