/** The files of the build that a node needs: agent, daemon and what they import. Other changes rebuild no image. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Whole folders, because some of their files are started as programs. */
const ROOTS = ['agent', 'daemon', 'halabd.js'];
const IMPORT = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;

/** Paths relative to the build's folder, sorted. */
export function nodeFiles(dist: string): string[] {
  const found = new Set<string>();
  const open = ROOTS.flatMap((root) => walk(join(dist, root)));
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const folder = dirname(path);
    for (const [, to = ''] of readFileSync(path, 'utf8').matchAll(IMPORT))
      open.push(join(folder, to));
  }
  return [...found].map((path) => relative(dist, path)).sort();
}

function walk(path: string): string[] {
  if (!statSync(path).isDirectory()) return path.endsWith('.js') ? [path] : [];
  return readdirSync(path).flatMap((name) => walk(join(path, name)));
}
