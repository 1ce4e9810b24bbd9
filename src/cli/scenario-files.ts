/** The scenario files that paths on the command line mean: files as they are, folders by their YAML files. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, HalabError } from '../errors.ts';

export function scenarioFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) {
      throw new HalabError({
        code: 'HALAB_FILE',
        message: `${path}: no such file or folder`,
        hint: 'The shipped scenarios are in scenarios/.',
        exitCode: EXIT.usage,
      });
    }
    if (!found.isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .map((name) => join(path, name));
  });
}
