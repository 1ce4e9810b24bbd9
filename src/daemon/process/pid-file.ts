/**
 * A pid file that cannot go stale: its owner holds a lock on it that ends with the process. A file without a lock is
 * free, with any number in it.
 */
import { closeSync, constants, ftruncateSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { EXIT, HalabError, messageOf } from '../../errors.ts';
import { lockFile } from '../../linux/descriptors.ts';
import { openPlain, readPlain } from '../plain-file.ts';

/** Gives a pid file back. */
export type Release = () => void;

/** Throws a HalabError if another process holds it, or it cannot be written. */
export function takePidFile(path: string, pid: number): Release {
  const fd = openOrExplain(path);
  if (!lockFile(fd)) {
    closeSync(fd);
    throw new HalabError({
      code: 'HALAB_RUNNING',
      message: `a halabd runs already: it holds ${path}`,
      hint: 'Stop it first, or name another pid file with -p.',
      exitCode: EXIT.failed,
    });
  }
  ftruncateSync(fd);
  writeSync(fd, `${pid}\n`);
  return () => {
    // Removed while the lock is held, so no other process can have taken it.
    unlinkSync(path);
    closeSync(fd);
  };
}

/** Whether the file names a running keepalived, which holds no lock. */
export function heldByAnother(path: string): boolean {
  try {
    const pid = Number(readPlain(path).trim());
    const name = readFileSync(`/proc/${pid}/comm`, 'utf8');
    return pid !== process.pid && name.startsWith('keepalived');
  } catch {
    return false;
  }
}

function openOrExplain(path: string): number {
  const { O_RDWR, O_CREAT } = constants;
  try {
    return openPlain(path, O_RDWR | O_CREAT);
  } catch (error) {
    throw new HalabError({
      code: 'HALAB_PID_FILE',
      message: `the pid file cannot be written: ${messageOf(error)}`,
      hint: 'Name another one with -p.',
      exitCode: EXIT.failed,
      cause: error,
    });
  }
}
