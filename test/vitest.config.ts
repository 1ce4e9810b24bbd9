/**
 * Projects: `unit` (pure code), `programs` (what starts processes), `sim` (whole scenarios in virtual time and properties),
 * `real` (network namespaces and Docker, one file at a time because they measure time), `ipvs` (the same on a kernel
 * that has it: in-uml.mjs), `bench` and `bench-ipvs`.
 */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** These tests start the built programs, processes or threads and take seconds each, so only `npm test` runs them. */
const PROGRAMS = [
  'test/cli/**/*.test.ts',
  'test/docs/commands.test.ts',
  'test/agent/router.test.ts',
  'test/explore/campaign.test.ts',
  'test/lab/docker/image-files.test.ts',
  'test/run/lost-evidence.test.ts',
  'test/scenario/own-build.test.ts',
];

/** Tests that measure no time may use every core; pure code needs no process per file. */
const QUICK = { maxWorkers: availableParallelism(), isolate: false } as const;

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    pool: 'forks',
    // Transformed files are cached in node_modules.
    experimental: { fsModuleCache: true },
    testTimeout: process.env.HALAB_NIGHTLY === undefined ? 30_000 : 900_000,
    projects: [
      {
        extends: true,
        test: {
          ...QUICK,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', 'test/sim/**', 'test/lab/**', ...PROGRAMS],
        },
      },
      { extends: true, test: { ...QUICK, name: 'programs', include: PROGRAMS } },
      {
        extends: true,
        test: {
          ...QUICK,
          name: 'sim',
          include: ['test/sim/**/*.test.ts', 'test/lab/**/*.test.ts'],
          exclude: PROGRAMS,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          exclude: ['test/real/ipvs/**'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'ipvs',
          include: ['test/real/ipvs/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'bench',
          include: ['test/bench/*.bench.ts'],
          fileParallelism: false,
          testTimeout: 900_000,
          disableConsoleIntercept: true,
        },
      },
      {
        extends: true,
        test: {
          name: 'bench-ipvs',
          include: ['test/bench/ipvs/*.bench.ts'],
          fileParallelism: false,
          testTimeout: 900_000,
          hookTimeout: 120_000,
          disableConsoleIntercept: true,
        },
      },
    ],
  },
});
