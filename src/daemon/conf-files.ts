/** The machine that a configuration is read on: its files for includes and keys, its name for `@id` lines. */
import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { Surroundings } from '../engine/text/surroundings.ts';
import { messageOf } from '../errors.ts';
import { glob } from '../glob.ts';

/** A larger file is refused. */
const MOST_BYTES = 16 << 20;

/** keepalived `-i` [the host's name up to its first dot]. */
export function configIdOf(asked: string | undefined): string {
  return asked ?? hostname().split('.')[0] ?? '';
}

export function surroundingsOf(configId: string | undefined): Surroundings {
  return {
    configId: configIdOf(configId),
    read: (path) => {
      try {
        if (!statSync(path).isFile()) return { error: 'it is not a file' };
        if (statSync(path).size > MOST_BYTES) return { error: 'it is too large' };
        return readFileSync(path, 'utf8');
      } catch (error) {
        return { error: messageOf(error) };
      }
    },
    glob,
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
