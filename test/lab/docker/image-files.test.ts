import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { nodeFiles } from '../../../src/lab/docker/image-files.ts';

it('a node gets every file that its programs import, and nothing else', () => {
  const dist = mkdtempSync(join(tmpdir(), 'halab-files-'));
  const files: Record<string, string> = {
    'agent/main.js': "import { a } from '../time.js';",
    'agent/alone.js': "const { b } = await import('../glob.js');",
    'agent/main.d.ts': '',
    'daemon/child.js': "export { c } from '../engine/deep/c.js';",
    'engine/deep/c.js': "import '../../net/d.js';",
    'engine/unused.js': '',
    'halabd.js': "import './daemon/child.js';",
    'cli/run.js': "import '../time.js';",
    ...Object.fromEntries(['time.js', 'glob.js', 'net/d.js'].map((name) => [name, ''])),
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dist, dirname(name)), { recursive: true });
    writeFileSync(join(dist, name), text);
  }
  expect(nodeFiles(dist)).toEqual([
    'agent/alone.js',
    'agent/main.js',
    'daemon/child.js',
    'engine/deep/c.js',
    'glob.js',
    'halabd.js',
    'net/d.js',
    'time.js',
  ]);
  rmSync(dist, { recursive: true });
});
