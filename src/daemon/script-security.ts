/**
 * keepalived `enable_script_security`: a script does not run as root if somebody else than root could
 * have written it, or any folder on the way to it.
 */
import { accessSync, constants, lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** Why the path is not safe; undefined if it is. */
export function insecurePath(path: string): string | undefined {
  try {
    let at = realpathSync(path);
    for (;;) {
      const problem = insecure(at, statSync(at));
      if (problem !== undefined) return problem;
      if (at === '/') return undefined;
      at = dirname(at);
    }
  } catch {
    return `${path} cannot be looked at`;
  }
}

function insecure(path: string, { uid, mode }: Stats): string | undefined {
  if (uid !== 0) return `${path} does not belong to root`;
  if ((mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0)
    return `${path} is writable by others`;
  return undefined;
}

/** Why a script cannot be run at all; undefined if it can. For `-t` and the start. */
export function notExecutable(path: string): string | undefined {
  if (!path.startsWith('/')) return undefined;
  try {
    if (lstatSync(path).isDirectory()) return `${path} is a folder`;
    accessSync(path, constants.X_OK);
    return undefined;
  } catch {
    return `${path} is not there or not executable`;
  }
}
