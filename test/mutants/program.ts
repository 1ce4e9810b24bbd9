/** `halab` as installed, except for one line of the engine. */
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import type { Mutant } from './mutant.ts';
import { mutation } from './mutation.ts';

/** Packages with native parts, which no search needs. */
const EXTERNAL = ['dockerode', 'koffi', 'raw-socket'];

/** Builds from the sources into the folder; undefined: without a mutant. Returns the path of the program. */
export async function buildProgram(mutant: Mutant | undefined, folder: string): Promise<string> {
  const bundle = await rolldown({
    input: resolve('src/main.ts'),
    platform: 'node',
    external: EXTERNAL,
    logLevel: 'silent',
    plugins: mutant === undefined ? [] : [mutation(mutant)],
  });
  // Source maps show in a stack whether the engine or the simulator threw.
  await bundle.write({ dir: folder, sourcemap: true, entryFileNames: 'halab.js' });
  await bundle.close();
  return join(folder, 'halab.js');
}
