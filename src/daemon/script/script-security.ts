/**
 * keepalived `enable_script_security`: a script does not run as root if a user other than root can write it or a folder
 * of its path. The file that is checked is the file that is run: its path has no links, and no other user can change
 * its folders and so replace it in between.
 */
import { accessSync, constants, existsSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../../errors.ts';

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** PATH for looking up the program of a script, and for the script itself. */
export const SCRIPT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** keepalived: `</path` runs no program; it tests whether a shell can open the file. */
export function isOpenTest(program: string): boolean {
  return /^<[ \t]*\//.test(program);
}

/** The file that runs for a program as written, with links resolved; undefined: none. */
export function programFile(program: string): string | undefined {
  for (const place of placesOf(program)) {
    try {
      accessSync(place, constants.X_OK);
      if (statSync(place).isFile()) return realpathSync(place);
    } catch {
      // Not here.
    }
  }
  return undefined;
}

/** Whether a file of this name exists, a program or not. */
export function isThere(program: string): boolean {
  return placesOf(program).some((place) => existsSync(place));
}

/** Why a file from `programFile` is not safe; undefined if it is. */
export function insecureFile(file: string): string | undefined {
  try {
    for (let at = file; ; at = dirname(at)) {
      const problem = insecure(at, statSync(at));
      if (problem !== undefined) return problem;
      if (at === '/') return undefined;
    }
  } catch {
    return `${file} cannot be looked at`;
  }
}

/** In a folder with the sticky bit other users cannot replace root's files; on a file the bit has no effect. */
function insecure(path: string, stats: Stats): string | undefined {
  const { uid, mode } = stats;
  if (uid !== 0) return `${path} does not belong to root`;
  const isSticky = stats.isDirectory() && (mode & STICKY) !== 0;
  return (mode & WRITABLE_BY_OTHERS) !== 0 && !isSticky
    ? `${path} is writable by others`
    : undefined;
}

/** Why a script cannot be run at all; undefined if it can. For `-t` and the start. */
export function notRunnable(program: string): string | undefined {
  if (programFile(program) !== undefined) return undefined;
  if (!program.includes('/')) return `${program} is in no folder of ${SCRIPT_PATH}`;
  try {
    return `${program} is ${statSync(program).isFile() ? 'not executable' : 'no file'}`;
  } catch (error) {
    return `${program} cannot be run: ${messageOf(error)}`;
  }
}

function placesOf(program: string): string[] {
  if (program.includes('/')) return [program];
  return program === '' ? [] : SCRIPT_PATH.split(':').map((folder) => join(folder, program));
}
