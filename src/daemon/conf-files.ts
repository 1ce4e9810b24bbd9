/** The machine a configuration is read on: its files for includes and keys, its name for `@id` lines. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Surroundings } from '../engine/core/conf-surroundings.ts';
import { messageOf } from '../errors.ts';

/** Nobody includes a larger one. */
const MOST_BYTES = 16 << 20;
const MOST_PATTERNS = 256;

/** `configId`: keepalived `-i` [the host's name up to its first dot]. */
export function surroundingsOf(configId: string | undefined): Surroundings {
  return {
    configId: configId ?? hostname().split('.')[0] ?? '',
    read: (path) => {
      try {
        if (!statSync(path).isFile()) return { error: 'it is not a file' };
        if (statSync(path).size > MOST_BYTES) return { error: 'it is too large' };
        return readFileSync(path, 'utf8');
      } catch (error) {
        return { error: messageOf(error) };
      }
    },
    glob: (pattern, folder) => braces(pattern).flatMap((one) => matching(resolve(folder, one))),
    folderOf: (file) => dirname(resolve(file)),
    env: (name) => process.env[name],
    readableByOthers: (path) => {
      try {
        return (statSync(path).mode & 0o044) !== 0;
      } catch {
        return false;
      }
    },
  };
}

/** `a{b,c}d` as `abd` and `acd`. */
function braces(pattern: string): string[] {
  const done: string[] = [];
  const open = [pattern];
  while (open.length > 0 && done.length < MOST_PATTERNS) {
    const one = open.shift() ?? '';
    const found = /\{([^{}]*)\}/.exec(one);
    if (found === null) {
      done.push(one);
      continue;
    }
    const [whole, inside = ''] = found;
    for (const choice of inside.split(',')) open.push(one.replace(whole, () => choice));
  }
  return done;
}

/** Existing files, in the order of their names. */
function matching(pattern: string): string[] {
  let paths = ['/'];
  for (const segment of pattern.split('/').filter(Boolean)) {
    const wild = /[*?[]/.test(segment);
    paths = paths.flatMap((path) =>
      wild ? children(path, segment) : exists(join(path, segment)) ? [join(path, segment)] : [],
    );
  }
  return paths;
}

function children(folder: string, segment: string): string[] {
  const source = segment
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll('[!', '[^');
  try {
    const wanted = new RegExp(`^${source}$`);
    return readdirSync(folder)
      .filter((name) => wanted.test(name) && (!name.startsWith('.') || segment.startsWith('.')))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return []; // no folder, or no pattern
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
