/**
 * The tests that `npm run stryker` judges: each mutant is met by those that reach it, so they must be quick, and the
 * same every time: the seed of the properties is given, and the slow ones are left out. What judges a lab
 * (`src/assert`) is reached by the shipped scenarios too: HALAB_STRYKER=assert.
 */
import { configDefaults, defineConfig } from 'vitest/config';

const SCENARIOS = process.env.HALAB_STRYKER === 'assert' ? ['test/sim/scenarios.test.ts'] : [];

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: [
      'test/engine/**/*.test.ts',
      'test/assert/**/*.test.ts',
      'test/run/**/*.test.ts',
      ...SCENARIOS,
    ],
    exclude: [
      ...configDefaults.exclude,
      'test/engine/vrrp/cluster.property.test.ts',
      'test/engine/vrrp/snapshot.test.ts',
      'test/engine/conf/print.test.ts',
    ],
    setupFiles: ['test/support/fixed-seed.ts'],
  },
});
