/** Last step of the build: makes the two programs executable, and writes the JSON Schemas for editors. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { schemaText } from './schema-text.ts';

for (const program of ['bundle/main.cjs', 'halabd.js']) {
  chmodSync(new URL(`../${program}`, import.meta.url), 0o755);
}
const folder = new URL('../../src/scenario/schema/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const kind of ['scenario', 'topology'] as const) {
  writeFileSync(new URL(`${kind}.v1.json`, folder), schemaText(kind));
}
