/** The plugin that replaces a source file with its mutant, for the bundler and for Vitest. */
import { resolve } from 'node:path';
import type { Mutant } from './mutant.ts';

export function mutation({ id, file, find, replace }: Mutant) {
  const target = resolve(file);
  return {
    name: id,
    enforce: 'pre' as const,
    transform(code: string, path: string): string | undefined {
      if (path !== target) return undefined;
      if (code.split(find).length !== 2) throw new Error(`${id}: not once in ${file}: ${find}`);
      // A function, because `$` in the text must stay literal.
      return code.replace(find, () => replace);
    },
  };
}
