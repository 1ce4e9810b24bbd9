/**
 * A program of the user's own for a node: the program, the libraries and the loader it was linked with,
 * and a script that runs it with exactly those, whatever the node image has.
 */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { librariesOf } from './libraries.ts';
import { OWN_FOLDER } from './plan.ts';
import { tarStream } from './tar.ts';

/** A tar stream of files below `OWN_FOLDER`; `run` in it starts the program. */
export function ownProgram(path: string): NodeJS.ReadableStream {
  const root = mkdtempSync(join(tmpdir(), 'halab-own-'));
  const folder = join(root, OWN_FOLDER);
  mkdirSync(join(folder, 'lib'), { recursive: true });
  const program = join(folder, 'keepalived');
  copyFileSync(path, program);
  chmodSync(program, 0o755);
  const libraries = librariesOf(path);
  for (const library of libraries) copyFileSync(library, join(folder, 'lib', basename(library)));
  const loader = libraries.map((one) => basename(one)).find((name) => name.startsWith('ld-'));
  const inside = (...parts: string[]): string => join(OWN_FOLDER, ...parts);
  if (loader !== undefined) chmodSync(join(folder, 'lib', loader), 0o755);
  const prefix =
    loader === undefined ? '' : `${inside('lib', loader)} --library-path ${inside('lib')} `;
  writeFileSync(join(folder, 'run'), `#!/bin/sh\nexec ${prefix}${inside('keepalived')} "$@"\n`, {
    mode: 0o755,
  });
  const files = tarStream(root);
  files.once('close', () => rmSync(root, { recursive: true, force: true }));
  return files;
}
