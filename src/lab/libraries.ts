/** The shared libraries of a program of this machine. */
import { spawnSync } from 'node:child_process';

/** Absolute paths of the shared libraries and the loader a program needs; none for a static one. */
export function librariesOf(program: string): string[] {
  const run = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...(run.stdout ?? '').matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g)]
    .map(([, path]) => path ?? '')
    .filter((path) => path !== '');
}
