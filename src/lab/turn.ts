/**
 * One lab at a time on a machine: two would disturb each other's times. The lock is a socket in the
 * abstract namespace, so the kernel lets go of it when its holder dies, however it dies.
 */
import { connect, createServer, type Server } from 'node:net';

const NAME = '\0halab-docker-lab';
const RETRY_MS = 200;

export interface Turn {
  end(): void;
}

/**
 * Waits for its turn, until `stopped`; tells once who has it. On systems without abstract sockets there
 * is no lock.
 */
export async function takeTurn(
  tell: (message: string) => void,
  stopped: () => boolean,
): Promise<Turn> {
  if (process.platform !== 'linux') return { end: () => {} };
  let told = false;
  while (!stopped()) {
    const server = await listen();
    if (server !== undefined) return { end: () => void server.close() };
    if (!told) tell(`waiting for another halab run to end${await holder()}`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  return { end: () => {} };
}

function listen(): Promise<Server | undefined> {
  const server = createServer((socket) => socket.end(String(process.pid)));
  server.unref();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen(NAME, () => resolve(server));
  });
}

function holder(): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(NAME);
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (pid) => resolve(` (pid ${pid.toString()})`));
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(''));
  });
}
