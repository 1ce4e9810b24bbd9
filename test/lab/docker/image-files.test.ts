import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { NODE_FILES } from '../../../src/lab/docker/image-files.ts';
import { ROOT } from '../../support/netns.ts';

/** What a node has beside these files. */
const PACKAGES = ['koffi', 'raw-socket'];
const IMPORT = /^(?:(?:import|export)(?:[^'"\n]* from)? ?|void import\()['"]([^'"]+)['"]/gm;

it.each(NODE_FILES)('%s imports nothing that a node does not have', (file) => {
  const text = readFileSync(join(ROOT, 'dist', file), 'utf8');
  const imports = [...text.matchAll(IMPORT)].map(([, from = '']) => from);
  const missing = imports.filter((name) =>
    name.startsWith('.')
      ? !NODE_FILES.includes(join(dirname(file), name))
      : !isBuiltin(name) && !PACKAGES.includes(name),
  );
  expect(missing).toEqual([]);
});
