/** The udp service: replies with the payload and the node's name. */
import { createSocket, type Socket } from 'node:dgram';
import type { OpenService, ServiceSpec } from './service.ts';

export function openUdpService({ service, node, asked }: ServiceSpec): OpenService {
  let socket: Socket | undefined;
  return {
    start: () => {
      const own = createSocket({ type: 'udp6', reuseAddr: true }); // and IPv4, mapped
      socket = own;
      own.on('message', (payload, asker) =>
        asked(({ body }) => {
          const answer = body ?? `${payload.toString('latin1')} ${node}`;
          if (socket === own) own.send(answer, asker.port, asker.address, () => {});
        }),
      );
      return bound(own, `port ${service.port}`, service.port);
    },
    stop: () => {
      socket?.close();
      socket = undefined;
    },
    changed: () => {},
  };
}

/** Binds a socket of the node that answers. Resolves with why it cannot, or undefined. */
export function bound(
  socket: Socket,
  what: string,
  port: number,
  address?: string,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    socket.once('error', (error) => resolve(`${what}: ${error.message}`));
    socket.bind(port, address, () => {
      socket.on('error', () => {}); // an unreachable asker is no reason to stop
      resolve(undefined);
    });
  });
}
