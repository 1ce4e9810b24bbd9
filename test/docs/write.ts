/** `npm run docs`: rewrites the generated sections of every README. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES, ROOT, renewed } from './sections.ts';

for (const page of PAGES) {
  const file = join(ROOT, page);
  const text = readFileSync(file, 'utf8');
  const wanted = renewed(text);
  if (wanted !== text) writeFileSync(file, wanted);
  process.stdout.write(`${wanted === text ? 'kept   ' : 'renewed'} ${page}\n`);
}
