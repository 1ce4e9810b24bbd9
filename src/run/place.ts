/** Output folders that a user names: tried before a run, so that the run does not fail at its end. */
import { mkdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { HalabError, messageOf } from '../errors.ts';

/** Like `mkdir -p`; answers which folders were made, the outermost first. Node's own never returns below /proc. */
export function makeFolder(folder: string): string[] {
  const missing: string[] = [];
  let at = resolve(folder);
  while (statSync(at, { throwIfNoEntry: false }) === undefined && dirname(at) !== at) {
    missing.unshift(at);
    at = dirname(at);
  }
  return missing.filter(made);
}

/** Whether it had to be made: another process may have been faster. */
function made(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return false;
    throw error;
  }
}

/** Throws a HalabError (exit 4) if no file can be written below `folder`; leaves nothing behind. */
export function tryFolder(folder: string, hint: string): void {
  let folders: string[] = [];
  try {
    folders = makeFolder(folder);
    const trial = join(folder, `.halab-trial-${process.pid}`);
    writeFileSync(trial, 'x'.repeat(4_096), { flag: 'wx' });
    rmSync(trial);
  } catch (error) {
    throw unwritable(folder, error, hint);
  } finally {
    for (const made of folders.reverse())
      try {
        rmdirSync(made);
      } catch {
        // The folder is no longer empty.
      }
  }
}

export function unwritable(place: string, cause: unknown, hint: string): HalabError {
  return new HalabError({
    code: 'HALAB_WRITE',
    message: `${place} cannot be written: ${messageOf(cause)}`,
    hint,
    cause,
  });
}
