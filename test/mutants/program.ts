/** `halab` as one would install it, but for one line of the engine. */
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import type { Mutant } from './mutant.ts';
import { mutation } from './mutation.ts';

/** Packages with native parts, which no search needs. */
const EXTERNAL = ['dockerode', 'koffi', 'raw-socket'];

/** Builds into the folder, from the sources; undefined: the engine as it is. The program's path. */
export async function buildProgram(mutant: Mutant | undefined, folder: string): Promise<string> {
  const bundle = await rolldown({
    input: resolve('src/main.ts'),
    platform: 'node',
    external: EXTERNAL,
    logLevel: 'silent',
    plugins: mutant === undefined ? [] : [mutation(mutant)],
  });
  // With source maps a stack tells whether the engine threw, or the simulator around it.
  await bundle.write({ dir: folder, sourcemap: true, entryFileNames: 'halab.js' });
  await bundle.close();
  return join(folder, 'halab.js');
}
