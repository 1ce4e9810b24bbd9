/** What of the build runs in a node: the agent and the daemon, and whatever they import. A change elsewhere rebuilds nothing. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** Whole folders, for some files in them are started as programs of their own. */
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
