/** The scenario files that paths on the command line mean: a file itself, a folder its YAML files. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT, HalabError, messageOf } from '../errors.ts';
import { type LoadedScenarios, loadScenario, type Overrides } from '../scenario/scenario-file.ts';
import { err } from './process/console.ts';

export function scenarioFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    try {
      if (!statSync(path).isDirectory()) return [path];
      return readdirSync(path)
        .filter((name) => /\.ya?ml$/.test(name))
        .sort()
        .map((name) => join(path, name));
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      throw new HalabError({
        code: 'HALAB_FILE',
        message: `${path}: ${missing ? 'no such file or folder' : messageOf(error)}`,
        hint: 'The shipped scenarios are in scenarios/.',
        exitCode: EXIT.usage,
      });
    }
  });
}

export function loadAll(paths: readonly string[], overrides: Overrides): LoadedScenarios[] {
  return scenarioFiles(paths).map((file) => loadScenario(file, overrides));
}

/** Reports why nothing runs, so that no output is not taken for a pass. */
export function nothingToRun(
  files: readonly LoadedScenarios[],
  paths: readonly string[],
  matrix: Overrides['matrix'] = {},
): number {
  const wanted = Object.entries(matrix).map(([name, value]) => `${name}=${value}`);
  const there = [...new Set(files.flatMap(({ cells }) => cells))];
  if (files.length === 0)
    err.line(`halab: nothing to run: no .yaml or .yml file in ${paths.join(', ')}`);
  else if (wanted.length > 0 && there.length > 0)
    err.line(
      `halab: nothing to run: no cell has ${wanted.join(' and ')}; there are ${there.slice(0, 20).join(', ')}`,
    );
  else err.line(`halab: nothing to run: the matrix of ${paths.join(', ')} has no cell`);
  return EXIT.nothing;
}
