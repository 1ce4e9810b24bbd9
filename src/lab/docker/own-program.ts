/**
 * A user's program for a node: the program, its libraries and its loader, and a script that runs it with exactly those,
 * independent of the node image. The program is only copied here, never run.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Program } from '../../topology/topology.ts';
import { readRegularFile } from '../../topology/yaml/text-file.ts';
import { OWN_FOLDER } from '../plan.ts';
import { tarStream } from './tar.ts';

/** Ten times the size of any build of keepalived, symbols included. */
const MOST_BYTES = 256 << 20;

/** A tar stream of files below `OWN_FOLDER`; `run` in it starts the program. */
export function ownProgram({ path, loader, libraries }: Program): NodeJS.ReadableStream {
  const root = mkdtempSync(join(tmpdir(), 'halab-own-'));
  const folder = join(root, OWN_FOLDER);
  mkdirSync(join(folder, 'lib'), { recursive: true });
  copy(path, join(folder, 'keepalived'));
  for (const library of loader === undefined ? libraries : [loader, ...libraries])
    copy(library, join(folder, 'lib', basename(library)));
  const inside = (...parts: string[]): string => join(OWN_FOLDER, ...parts);
  const prefix =
    loader === undefined
      ? ''
      : `${inside('lib', basename(loader))} --library-path ${inside('lib')} `;
  writeFileSync(join(folder, 'run'), `#!/bin/sh\nexec ${prefix}${inside('keepalived')} "$@"\n`, {
    mode: 0o755,
  });
  const files = tarStream(root);
  files.once('close', () => rmSync(root, { recursive: true, force: true }));
  return files;
}

/** Copies the contents only, without owner and setuid bit. */
function copy(from: string, to: string): void {
  writeFileSync(to, readRegularFile(from, MOST_BYTES), { mode: 0o755 });
}
