/** Opens the service of a protocol: it listens, can be stopped and started, and behaves as `conduct` says. */
import { createServer, type Server, type Socket } from 'node:net';
import type { OpenService, ServiceSpec } from './service.ts';
import { openUdpService } from './service-udp.ts';
import { openHttpService, openHttpsService } from './service-web.ts';

/** Connections at a time; more are not accepted. */
const MOST_CONNECTIONS = 1_024;
/** An idle connection is closed after this long. */
const IDLE_MS = 60_000;

export function openService(spec: ServiceSpec): OpenService {
  switch (spec.service.protocol) {
    case 'http':
      return listening(openHttpService(spec), spec.service.port);
    case 'https': {
      const { server, certify } = openHttpsService(spec);
      return { ...listening(server, spec.service.port), changed: certify };
    }
    case 'tcp':
      return listening(greeter(spec), spec.service.port);
    case 'udp':
      return openUdpService(spec);
  }
}

/** Greets with the node's name and waits for the client to close. */
function greeter({ node, asked }: ServiceSpec): Server {
  return createServer((socket) => {
    if (asked(({ body }) => socket.write(`${body ?? node}\n`))) socket.resume();
  });
}

function listening(server: Server, port: number): OpenService {
  const sockets = new Set<Socket>();
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => {}); // a client that went away
    socket.once('close', () => sockets.delete(socket));
  });
  return {
    start: () =>
      new Promise((resolve) => {
        const refused = (error: Error): void => resolve(`port ${port}: ${error.message}`);
        server.once('error', refused);
        server.listen(port, () => {
          server.removeListener('error', refused);
          resolve(undefined);
        });
      }),
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
    changed: () => {},
  };
}
