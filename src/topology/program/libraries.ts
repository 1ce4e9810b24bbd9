/** The shared libraries of a program, found as the system's loader finds them. Nothing is executed. */
import { readdirSync, readFileSync, readSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { Program } from '../topology.ts';
import { isBelow, realOf, withRegularFile } from '../yaml/text-file.ts';
import { type ByteSource, type Elf, isElf, readElf } from './elf.ts';

type Linked = Pick<Program, 'loader' | 'libraries'>;

/** Whether libraries may be taken from a folder that a program names. */
export type MayUse = (folder: string) => boolean;

const MOST_LIBRARIES = 512;
const LIBRARY_ROOTS = ['/lib', '/usr/lib', '/lib64', '/usr/lib64', '/lib32', '/usr/lib32'];
const LD_SO_CONF = '/etc/ld.so.conf';
const MOST_INCLUDES = 64;

interface Rules {
  readonly mayUse: MayUse;
  /** Called for a library that is missing or forbidden: throws an Error, or leaves it out. */
  readonly refuse: (problem: string) => undefined;
}

/** For a program of the system, such as `nft`. Missing libraries are left out. */
export function librariesOf(program: string): string[] {
  try {
    const rules = { mayUse: () => true, refuse: () => undefined };
    const { loader, libraries } = librariesBy(rules, program);
    return loader === undefined ? [...libraries] : [loader, ...libraries];
  } catch {
    return [];
  }
}

/** For an untrusted program: only the system's folders and those that `mayUse` allows. Throws an Error with the problem. */
export function linkedLibraries(program: string, mayUse: MayUse): Linked {
  const refuse = (problem: string): never => {
    throw new Error(problem);
  };
  return librariesBy(
    { mayUse: (folder) => isSystemFolder(folder) || mayUse(folder), refuse },
    program,
  );
}

function librariesBy(rules: Rules, program: string): Linked {
  const own = withFile(program, (bytes) => (isScript(bytes) ? undefined : readElf(bytes)));
  if (own === undefined) return { loader: undefined, libraries: [] };
  const { loader } = own;
  if (loader !== undefined) checkLoader(rules, loader);
  const found = new Map<string, string>();
  const open: { path: string; elf: Elf }[] = [{ path: program, elf: own }];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const { path, elf } = next;
    const folders = [...runPathOf(rules, path, elf), ...systemFolders()];
    for (const name of elf.needed) {
      if (found.has(name) || (loader !== undefined && name === basename(loader))) continue;
      const library = find(rules, basename(path), name, folders, own);
      if (library === undefined) continue;
      if (found.size >= MOST_LIBRARIES)
        throw new Error(`it needs more than ${MOST_LIBRARIES} libraries`);
      found.set(name, library.path);
      open.push(library);
    }
  }
  return { loader, libraries: [...found.values()] };
}

function checkLoader({ refuse }: Rules, loader: string): void {
  const ok = isAbsolute(loader) && /^ld[-.]/.test(basename(loader));
  if (!ok || !isSystemFolder(dirname(realOf(loader))))
    refuse(`its loader ${loader} is not one of the system's`);
}

function find(
  { mayUse, refuse }: Rules,
  user: string,
  name: string,
  folders: readonly string[],
  { bits, machine }: Elf,
): { path: string; elf: Elf } | undefined {
  if (name === '' || name.includes('/'))
    return refuse(`${user} names a library with a path: ${name || 'an empty one'}`);
  for (const folder of folders) {
    const path = join(folder, name);
    const elf = elfAt(path);
    // As the loader, skips libraries for another processor.
    if (elf === undefined || elf.bits !== bits || elf.machine !== machine) continue;
    if (!isSystemFolder(folder) && !mayUse(dirname(realOf(path))))
      throw new Error(`${user} needs ${name}, and ${path} leads out of the project's folder`);
    return { path, elf };
  }
  return refuse(`${user} needs ${name}, which is in none of the system's library folders`);
}

/** The folders of DT_RUNPATH; refused as a whole if one of them may not be used. */
function runPathOf({ mayUse, refuse }: Rules, path: string, { runPath }: Elf): string[] {
  return runPath.flatMap((written) => {
    const folder = written.replace(/\$(?:ORIGIN\b|\{ORIGIN\})/g, dirname(realOf(path)));
    if (isAbsolute(folder) && !folder.includes('$') && mayUse(resolve(folder)))
      return [resolve(folder)];
    const where = written || 'the current folder';
    return (
      refuse(`the run path of ${basename(path)} is outside the project's folder: ${where}`) ?? []
    );
  });
}

function elfAt(path: string): Elf | undefined {
  try {
    return withFile(path, readElf);
  } catch {
    return undefined;
  }
}

function withFile<T>(path: string, use: (bytes: ByteSource) => T): T {
  return withRegularFile(path, (file) =>
    use((offset, length) => {
      const bytes = Buffer.alloc(length);
      return bytes.subarray(0, readSync(file, bytes, 0, length, offset));
    }),
  );
}

/** Of a script only the file itself is copied; the node must have the interpreter. */
function isScript(bytes: ByteSource): boolean {
  return !isElf(bytes) && bytes(0, 2).toString('latin1') === '#!';
}

function isSystemFolder(folder: string): boolean {
  const real = realOf(folder);
  return [...LIBRARY_ROOTS, ...systemFolders()].some((root) => isBelow(real, realOf(root)));
}

let folders: readonly string[] | undefined;

/** The loader's folders: those of ld.so.conf, then the built-in ones. */
function systemFolders(): readonly string[] {
  folders ??= [...new Set([...configured(LD_SO_CONF), ...LIBRARY_ROOTS.flatMap(multiarch)])];
  return folders;
}

function multiarch(root: string): string[] {
  const inside = listed(root).filter((name) => /^[a-z0-9_]+-linux-[a-z0-9]+$/.test(name));
  return [...inside.map((name) => join(root, name)), root];
}

/** Folders that an ld.so.conf and its includes name. */
function configured(file: string, depth = 0): string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const words = line.replace(/#.*$/, '').trim();
    const [, pattern] = /^include\s+(\S+)$/.exec(words) ?? [];
    if (pattern !== undefined && depth < 4)
      return matching(resolve(dirname(file), pattern)).flatMap((included) =>
        configured(included, depth + 1),
      );
    return isAbsolute(words) ? [words] : [];
  });
}

/** `*` in the last part of the path is all that ld.so.conf files use. */
function matching(pattern: string): string[] {
  const [before = '', after] = basename(pattern).split('*');
  if (after === undefined) return [pattern];
  return listed(dirname(pattern))
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .slice(0, MOST_INCLUDES)
    .map((name) => join(dirname(pattern), name));
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
