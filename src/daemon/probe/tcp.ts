/** Layer 4: TCP_CHECK connects and closes; layer 5 uses the same connections. */
import { connect, Socket } from 'node:net';
import type { ProbeTarget } from '../../engine/core/config-checker.ts';
import { connectMarked } from '../../linux/marked-socket.ts';
import { family } from '../../net/address.ts';
import { type Done, once, type RunningProbe, reasonOf } from './running.ts';

export function tcpProbe(target: ProbeTarget, done: Done): RunningProbe {
  const connection = open(
    target,
    () => probe.finish({ ok: true, detail: 'connected' }),
    (detail) => probe.finish({ ok: false, detail }),
  );
  const probe = once(done, () => connection.close());
  return probe;
}

/**
 * Connects from the target's address, port and interface, with its mark. Calls `connected` or `failed` later, unless
 * it is closed before.
 */
export function open(
  target: ProbeTarget,
  connected: (socket: Socket) => void,
  failed: (detail: string) => void,
): { close(): void } {
  if (target.mark !== 0 || target.bindInterface !== undefined)
    return openMarked(target, connected, failed);
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
  socket.on('error', (error) => failed(reasonOf(error)));
  return { close: () => socket.destroy() };
}

/** Node cannot mark a socket, so such a connection is made through system calls and handed to Node. */
function openMarked(
  target: ProbeTarget,
  connected: (socket: Socket) => void,
  failed: (detail: string) => void,
): { close(): void } {
  let socket: Socket | undefined;
  const connecting = connectMarked(target, (result) => {
    if (typeof result === 'string') {
      failed(reasonOf({ code: result }));
      return;
    }
    socket = new Socket({ fd: result, readable: true, writable: true });
    socket.on('error', (error) => failed(reasonOf(error)));
    connected(socket);
  });
  return {
    close: () => {
      connecting.stop();
      socket?.destroy();
    },
  };
}
