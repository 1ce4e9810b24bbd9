/**
 * The tests that `npm run stryker` judges: each mutant is met by those that reach it, so they must be quick, and the
 * same every time. Properties with random seeds are neither: they would make the score a matter of luck.
 */
import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['test/engine/**/*.test.ts', 'test/assert/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      'test/engine/vrrp/cluster.property.test.ts',
      'test/engine/vrrp/snapshot.test.ts',
      'test/engine/core/conf-printer.test.ts',
    ],
  },
});
