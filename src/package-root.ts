/** The folder of this package, for any build location of its code. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest folder above this file that has a package.json. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error('halab is not installed as a package');
    folder = above;
  }
  return folder;
}

/** A program of the build, which another starts; a path below `dist`. */
export function builtProgram(path: string): string {
  return join(packageRoot(), 'dist', path);
}

/** Of halab itself. */
export function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
