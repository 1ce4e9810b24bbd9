/**
 * Answers `halabd status`: one JSON object for every connection, over a unix socket. Without a path it is
 * an abstract one, which belongs to the network namespace and cannot be left behind.
 */

import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import type { ChecksStatus } from '../engine/check/status.ts';
import type { RouterStatus } from '../engine/vrrp/status.ts';
import { EXIT, HalabError, messageOf } from '../errors.ts';
import type { Director } from './director/director.ts';
import type { Log } from './log.ts';

export const DEFAULT_SOCKET = '\0halabd-status';

export interface DaemonStatus {
  readonly schema: 'halab.status/1';
  readonly version: string;
  readonly pid: number;
  readonly configuration: string;
  /** Of the parent. */
  readonly uptime_us: number;
  /** How often the vrrp child was started again. */
  readonly restarts: number;
  readonly vrrp_pid: number | null;
  readonly packets: {
    readonly accepted: number;
    readonly refused: Readonly<Record<string, number>>;
  } | null;
  /** Who else answers for the virtual addresses that are ours now. */
  readonly holders: readonly {
    readonly instance: string;
    readonly address: string;
    readonly mac: string;
    readonly seen_ago_us: number;
  }[];
  /** null: there is no vrrp child, or it does not answer. */
  readonly vrrp: RouterStatus | null;
  readonly check_pid: number | null;
  readonly check_restarts: number;
  /** Who balances the traffic; null as for `check`. */
  readonly director: Director['name'] | null;
  /** null: there is no check child, or it does not answer. */
  readonly check: ChecksStatus | null;
}

export function serveStatus(
  path: string,
  ask: () => Promise<DaemonStatus>,
  log: Log,
): { close(): void } {
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    void ask().then((status) => socket.end(`${JSON.stringify(status)}\n`));
  });
  server.on('error', (error) =>
    log.error(`no status socket: ${messageOf(error)}; does another halabd run here?`),
  );
  const named = !path.startsWith('\0');
  if (named) rmSync(path, { force: true });
  server.listen(path, () => {
    if (named) chmodSync(path, 0o600);
  });
  server.unref();
  return {
    close: () => {
      server.close();
      if (named) rmSync(path, { force: true });
    },
  };
}

/** Throws a HalabError if nobody answers. */
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
          exitCode: EXIT.environment,
        }),
      ),
    );
    socket.once('end', () => resolve(JSON.parse(text) as DaemonStatus));
  });
}
