/**
 * Two daemons on one configuration would fight over its addresses. Each holds abstract unix sockets named after what it
 * runs: they belong to the network namespace, need no file, and disappear with their process.
 */
import { createHash } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { resolve } from 'node:path';
import { EXIT, HalabError, messageOf } from '../../errors.ts';
import { userOf } from '../descriptor.ts';
import type { Log } from '../log.ts';
import type { Place } from '../place.ts';

/** `file`: the configuration. */
export interface Claim {
  readonly file: string;
  readonly configId: string;
  readonly place: Place;
  readonly only: 'vrrp' | 'check' | undefined;
}

/** As in keepalived, several daemons may run on one configuration if all their pid files differ. */
export function claimNames({ file, configId, place, only }: Claim): string[] {
  const paths = [
    place.pidFile.path,
    ...(only === 'check' ? [] : [place.vrrpPidFile.path]),
    ...(only === 'vrrp' ? [] : [place.checkersPidFile.path]),
  ];
  return paths.map((path) => {
    const parts = [rootOf(), realpathOf(file), configId, resolve(path)];
    const hash = createHash('sha256').update(parts.join('\0')).digest('hex');
    return `\0halabd-runs-${hash.slice(0, 32)}`;
  });
}

/** Throws a HalabError if another daemon holds one of the names. */
export async function claim(names: readonly string[], file: string, log: Log): Promise<void> {
  for (const name of names) {
    const problem = await hold(name);
    if (problem === undefined) continue;
    if (problem === 'taken')
      throw new HalabError({
        code: 'HALAB_RUNNING',
        message: `a halabd runs already on ${file} in this network namespace`,
        hint: 'Stop it first, or name other pid files with -p, -r and -c.',
        exitCode: EXIT.failed,
      });
    log.error(`whether another halabd runs on ${file} is not known: ${problem}`);
  }
}

/** Takes a name until the process ends. Answers `taken`, another problem, or undefined. */
async function hold(name: string): Promise<string | undefined> {
  const problem = await listen(name);
  if (problem !== 'EADDRINUSE') return problem;
  const user = await holderOf(name);
  // The holder has ended meanwhile.
  if (user === undefined) return (await listen(name)) === undefined ? undefined : 'taken';
  const isOurs = user === 0 || user === process.getuid?.();
  return isOurs ? 'taken' : `user ${user} holds its place`;
}

function listen(name: string): Promise<string | undefined> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((done) => {
    server.once('error', (error: NodeJS.ErrnoException) => done(error.code ?? messageOf(error)));
    server.listen(name, () => {
      server.on('error', () => {});
      server.unref();
      done(undefined);
    });
  });
}

/** Any user may take a name; only root's and the daemon's own user's sockets keep the daemon from running. */
function holderOf(name: string): Promise<number | undefined> {
  return new Promise((done) => {
    const socket = connect(name);
    socket.once('connect', () => {
      const user = userOf(socket);
      socket.destroy();
      done(user);
    });
    socket.once('error', () => done(undefined));
  });
}

/** Tells containers on one network apart, whose files have the same names. */
function rootOf(): string {
  const { dev, ino } = statSync('/');
  return `${dev}:${ino}`;
}

function realpathOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file);
  }
}
