/**
 * The tests that `npm run stryker` judges: each mutant is met by those that reach it, so they must be quick, and the
 * same every time. Those that start programs are neither; properties are, with a seed that is given.
 */
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: [
      'test/engine/**/*.test.ts',
      'test/assert/**/*.test.ts',
      'test/run/**/*.test.ts',
      'test/sim/scenarios.test.ts',
    ],
    exclude: configDefaults.exclude,
    setupFiles: ['test/support/fixed-seed.ts'],
  },
});
