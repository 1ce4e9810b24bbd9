/**
 * What a service is to the agent: something that listens on a port, can be stopped and started, and
 * answers as it is told to behave at that moment.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Conduct } from '../conduct.ts';
import type { ServedService } from '../protocol.ts';
import { openUdpService } from './service-udp.ts';
import { openHttpService, openHttpsService } from './service-web.ts';

export interface ServiceSpec {
  readonly service: ServedService;
  readonly node: string;
  /** How to behave now. */
  readonly conduct: () => Conduct;
  /** Somebody has asked. */
  readonly onAsked: () => void;
}

export interface OpenService {
  /** Listens; undefined once it does, otherwise why it cannot. */
  start(): Promise<string | undefined>;
  /** At once: the port is closed and every connection with it. */
  stop(): void;
  /** Another certificate, for connections from now on. */
  changed(conduct: Conduct): void;
}

/** Connections at a time; more are not accepted. */
const MOST_CONNECTIONS = 1_024;
/** A connection on which nobody says anything any more. */
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

/** Greets with its node's name and waits for the other side to go. */
function greeter({ node, conduct, onAsked }: ServiceSpec): Server {
  return createServer((socket) => {
    onAsked();
    const { hang, delay, body } = conduct();
    if (hang) return;
    socket.resume();
    setTimeout(() => socket.write(`${body ?? node}\n`), delay / 1_000);
  });
}

function listening(server: Server, port: number): OpenService {
  const sockets = new Set<Socket>();
  server.maxConnections = MOST_CONNECTIONS;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('error', () => {}); // an asker that went away is its own affair
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
