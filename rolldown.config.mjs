/**
 * Bundles of the build: `halab`, and in place the programs that a node starts. In one file a program starts in half the
 * time, which a lab pays for each node, and a failover for each child that is started again.
 */
import { NODE_PROGRAMS } from './dist/lab/docker/image-files.js';

const ANY = { platform: 'node', external: ['dockerode', 'koffi', 'raw-socket'] };

export default [
  {
    ...ANY,
    input: 'dist/main.js',
    output: {
      dir: 'dist/bundle',
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name].cjs',
      minify: true,
    },
  },
  ...NODE_PROGRAMS.map((program) => ({
    ...ANY,
    input: `dist/${program}`,
    output: { file: `dist/${program}`, format: 'esm', codeSplitting: false },
  })),
];
