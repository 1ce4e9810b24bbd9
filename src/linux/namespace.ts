/**
 * Enters a named network namespace, with a mount namespace of its own, by executing the program again
 * in it: so all threads are in it, and the process keeps its id.
 */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { lastError } from './libc.ts';
import { loadKoffi } from './native.ts';

const CLONE_NEWNS = 0x00020000;
const CLONE_NEWNET = 0x40000000;
const F_SETFD = 2;
const MS_BIND = 4096;
const MS_REC = 16384;
const MS_SLAVE = 1 << 19;

interface NewProgram {
  /** This folder is mounted on `over`, for the new program alone. */
  readonly run: string;
  readonly over: string;
  readonly argv: string[];
  readonly env: NodeJS.ProcessEnv;
  /** Descriptors that it inherits. */
  readonly kept: readonly number[];
}

/** Returns only if it fails: the reason. */
export function enterNamespace(name: string, { run, over, argv, env, kept }: NewProgram): string {
  const koffi = loadKoffi();
  const library = koffi.load('libc.so.6');
  const setns = library.func('int setns(int, int)');
  const unshare = library.func('int unshare(int)');
  const mount = library.func(
    'int mount(const char *, const char *, const char *, unsigned long, void *)',
  );
  const execve = library.func('int execve(const char *, const char **, const char **)');
  const fcntl = library.func('int fcntl(int, int, ...)');
  const failed = (step: string): string => `${step}: ${lastError().name}`;
  let fd: number;
  try {
    fd = openSync(`/run/netns/${name}`, 'r');
  } catch {
    return 'there is no such namespace';
  }
  const entered = setns(fd, CLONE_NEWNET) === 0;
  closeSync(fd);
  if (!entered) return failed('setns');
  mkdirSync(run, { recursive: true, mode: 0o755 });
  if (unshare(CLONE_NEWNS) !== 0) return failed('unshare');
  if (mount('', '/', null, MS_SLAVE | MS_REC, null) !== 0) return failed('mount');
  if (mount(run, over, null, MS_BIND, null) !== 0) return failed(`mount ${over}`);
  // Node marks inherited descriptors as close-on-exec.
  for (const stream of kept) fcntl(stream, F_SETFD, 'int', 0);
  const texts = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  execve(process.execPath, [...argv, null], [...texts, null]);
  return failed('execve');
}
