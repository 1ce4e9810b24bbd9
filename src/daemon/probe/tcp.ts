/** Layer 4: TCP_CHECK connects and closes; layer 5 uses the same connections. */
import { connect, Socket } from 'node:net';
import type { ProbeTarget } from '../../engine/core/config-checker.ts';
import { connectMarked } from '../../linux/marked-socket.ts';
import { family } from '../../net/address.ts';
import { type Report, reasonOf } from './running.ts';

export function tcpProbe(target: ProbeTarget, report: Report): () => void {
  return open(target, () => report(undefined, 'connected'), report);
}

/**
 * Connects from the target's address, port and interface, with its mark. Calls `connected` or `report` later, unless
 * it is closed before, by the function that it answers with.
 */
export function open(
  target: ProbeTarget,
  connected: (socket: Socket) => void,
  report: Report,
): () => void {
  if (target.mark !== 0 || target.bindInterface !== undefined)
    return openMarked(target, connected, report);
  const { address, port, bindAddress, bindPort } = target;
  const socket = connect({
    host: address,
    port,
    family: family(address),
    ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
    ...(bindPort === 0 ? {} : { localPort: bindPort }),
  });
  socket.setNoDelay(true);
  socket.once('connect', () => connected(socket));
  socket.on('error', (error) => report(reasonOf(error)));
  return () => socket.destroy();
}

/** Node cannot mark a socket, so such a connection is made through system calls and handed to Node. */
function openMarked(
  target: ProbeTarget,
  connected: (socket: Socket) => void,
  report: Report,
): () => void {
  let socket: Socket | undefined;
  const stop = connectMarked(target, (result) => {
    if (typeof result === 'string') {
      report(reasonOf({ code: result }));
      return;
    }
    socket = new Socket({ fd: result, readable: true, writable: true });
    socket.on('error', (error) => report(reasonOf(error)));
    connected(socket);
  });
  return () => {
    stop();
    socket?.destroy();
  };
}
