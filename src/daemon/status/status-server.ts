/**
 * Answers `halabd status`: one JSON object for each connection to a unix socket. The default socket is abstract: it
 * belongs to the network namespace and disappears with the daemon. An abstract socket has no file mode, so the kernel
 * is asked for the user of each connection: root and the daemon's own user are answered.
 */
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { HalabError, messageOf } from '../../errors.ts';
import { userOf } from '../descriptor.ts';
import type { Log } from '../log.ts';
import type { DaemonStatus } from './daemon-status.ts';

export const DEFAULT_SOCKET = '\0halabd-status';

/** Connections at a time, and how long a client may take to read its answer. */
const MOST_CONNECTIONS = 16;
const PATIENCE_MS = 5_000;
const REFUSED = 'this user is not answered';

/** `open`: every user of this machine is answered (`--open-status`). */
export function serveStatus(
  { path, open }: { readonly path: string; readonly open: boolean },
  ask: () => Promise<DaemonStatus>,
  log: Log,
): void {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    if (!open && !isTrusted(socket)) {
      socket.end(`${JSON.stringify({ refused: REFUSED })}\n`);
      return;
    }
    void ask().then(
      (status) => socket.end(`${JSON.stringify(status)}\n`),
      (error: unknown) => {
        log.error(`status: ${messageOf(error)}`);
        socket.destroy();
      },
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on('error', (error) =>
    log.error(`no status socket: ${messageOf(error)}; does another halabd run here?`),
  );
  const named = !path.startsWith('\0');
  if (named) rmSync(path, { force: true });
  server.listen(path, () => {
    if (named) chmodSync(path, open ? 0o666 : 0o600);
  });
  server.unref();
}

function isTrusted(socket: Socket): boolean {
  const user = userOf(socket);
  return user === 0 || (user !== undefined && user === process.getuid?.());
}

/** Rejects with a HalabError if no daemon answers. */
export function askStatus(path: string): Promise<DaemonStatus> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer within 5 s')));
    socket.on('data', (data) => {
      text += data.toString();
    });
    socket.once('error', (error) =>
      reject(
        new HalabError({
          code: 'HALAB_NO_DAEMON',
          message: `no halabd answers: ${messageOf(error)}`,
          hint: 'Is it running in this network namespace? Name its socket with --status-socket.',
        }),
      ),
    );
    socket.once('end', () => {
      const answer = parsed(text);
      if (answer === undefined || 'refused' in answer) reject(unanswered(answer?.refused));
      else resolve(answer);
    });
  });
}

function parsed(text: string): DaemonStatus | { readonly refused: string } | undefined {
  try {
    return JSON.parse(text) as DaemonStatus;
  } catch {
    return undefined;
  }
}

function unanswered(why = 'it closed the connection'): HalabError {
  return new HalabError({
    code: 'HALAB_NO_STATUS',
    message: `halabd does not answer: ${why}`,
    hint: 'Ask as root or as its own user, or start it with --open-status.',
  });
}
