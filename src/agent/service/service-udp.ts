/** The udp service: replies with the payload and the node's name. */
import { createSocket, type Socket } from 'node:dgram';
import type { OpenService, ServiceSpec } from './service.ts';

export function openUdpService({ service, node, conduct, onAsked }: ServiceSpec): OpenService {
  let socket: Socket | undefined;
  return {
    start: () => {
      const own = createSocket({ type: 'udp6', reuseAddr: true }); // and IPv4, mapped
      socket = own;
      own.on('message', (payload, asker) => {
        onAsked();
        const { hang, delay, body } = conduct();
        if (hang) return;
        const answer = body ?? `${payload.toString('latin1')} ${node}`;
        setTimeout(() => {
          if (socket === own) own.send(answer, asker.port, asker.address, () => {});
        }, delay / 1_000);
      });
      return new Promise((resolve) => {
        own.once('error', (error) => resolve(`port ${service.port}: ${error.message}`));
        own.bind(service.port, () => {
          own.on('error', () => {}); // an unreachable asker is no reason to stop
          resolve(undefined);
        });
      });
    },
    stop: () => {
      socket?.close();
      socket = undefined;
    },
    changed: () => {},
  };
}
