/** Quick unit tests over the mutant that HALAB_MUTANT names; without it, over the right engine. */
import { defineConfig } from 'vitest/config';
import { MUTANTS } from './mutants/mutants.ts';
import { mutation } from './mutants/mutation.ts';

const mutant = MUTANTS.find(({ id }) => id === process.env.HALAB_MUTANT);

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  plugins: mutant === undefined ? [] : [mutation(mutant)],
  test: {
    include: ['test/{engine,net}/**/*.test.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
  },
});
