/**
 * The tests that `npm run stryker` runs: each mutant is run by the tests that reach it, so they must be quick and
 * deterministic: the seed of the properties is fixed, and slow tests are excluded. The judges of a lab
 * (`src/assert`) are also reached by the shipped scenarios: HALAB_STRYKER=assert.
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
