/**
 * The files of this machine that a scenario may name. A scenario may come from an untrusted pull request, and what it reads
 * is shown in logs and kept as evidence, so its paths reach only the project's folder, with symbolic links resolved. A
 * path typed on the command line is allowed, with its folder.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { linkedLibraries, type MayUse } from './program/libraries.ts';
import type { Program } from './topology.ts';
import { isBelow, readTextFile, realOf, reasonOf, withRegularFile } from './yaml/text-file.ts';

/** What the command line allows beyond the project: `--allow-path`, `--allow-env`. */
export interface Allowance {
  readonly paths: readonly string[];
  readonly env: readonly string[];
}

export const NOTHING_MORE: Allowance = { paths: [], env: [] };

/** A path as it was written. */
export interface WrittenPath {
  readonly text: string;
  /** The folder of the file that it is written in; a path that was not typed is relative to it. */
  readonly folder: string;
  /** Typed on the command line: relative to the current folder. */
  readonly typed: boolean;
}

export interface PathProblem {
  readonly problem: string;
  readonly hint: string;
}

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Where Debian packages install programs. */
const PROGRAM_FOLDERS = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/lib/frr'];
const LINKING =
  "Link it statically, or with libraries of the system's folders alone (readelf -d shows them).";
const WRITABLE_BY_OTHERS = 0o022;

export type Reach = ReturnType<typeof reachOf>;

/** The reach of a scenario file, and of a topology, that were typed on the command line. */
export function reachOf(file: string, { paths } = NOTHING_MORE, topology?: string) {
  const own = realOf(dirname(resolve(file)));
  const typed = topology === undefined ? [] : [dirname(resolve(topology))];
  const project = projectOf(own);
  const shipped = ['scenarios', 'topologies'].map((name) => join(packageRoot(), name));
  const open = [own, project, ...[...typed, ...shipped, ...paths].map(realOf)];
  /** Whether the scenario may read the folder, with symbolic links resolved. */
  const hasFolder = (folder: string): boolean =>
    open.some((allowed) => isBelow(realOf(folder), allowed));
  /** Uses a path that is within reach; otherwise, or if that throws, answers why not. */
  const within = <T>(
    written: WrittenPath,
    cannot: string,
    use: (asked: string, real: string) => T,
    isOpen: (real: string) => boolean = () => false,
  ): T | PathProblem => {
    const asked = written.typed ? resolve(written.text) : resolve(written.folder, written.text);
    const real = realOf(asked);
    const folders = written.typed ? [...open, realOf(dirname(asked))] : open;
    if (!folders.some((folder) => isBelow(real, folder)) && !isOpen(real)) {
      const leads = real === asked ? '' : ` leads to ${real}, which`;
      return {
        problem: `${asked}${leads} is outside the project's folder ${project}`,
        hint: `Move it there, or open its folder on the command line: --allow-path ${dirname(real)}`,
      };
    }
    try {
      return use(asked, real);
    } catch (error) {
      const hint = written.typed
        ? 'What is typed is relative to the current folder.'
        : 'The path is relative to the file it stands in.';
      return { problem: `${asked} cannot be ${cannot}: ${reasonOf(error)}`, hint };
    }
  };
  return {
    hasFolder,
    /** The text of a file, or why it cannot be read. */
    text: (written: WrittenPath): TextFile | PathProblem =>
      within(written, 'read', (path, real) => ({ path, text: readTextFile(real) })),
    /** A program that may be copied into a node, with its libraries. It is not executed here. */
    program: (written: WrittenPath): Program | PathProblem =>
      within(written, 'run', (asked, path) => programAt(asked, path, hasFolder), isInstalled),
  };
}

/** Throws an Error if it cannot be run; answers why it cannot be copied. */
function programAt(asked: string, path: string, mayUse: MayUse): Program | PathProblem {
  accessSync(path, constants.X_OK);
  withRegularFile(path, () => {});
  try {
    return { path, ...linkedLibraries(path, mayUse) };
  } catch (error) {
    return { problem: `${asked} cannot be taken into a node: ${reasonOf(error)}`, hint: LINKING };
  }
}

/** The git root above a folder, otherwise the current folder, unless that is the root of the file system. */
function projectOf(folder: string): string {
  for (let above = folder; above !== dirname(above); above = dirname(above))
    if (existsSync(join(above, '.git'))) return above;
  const current = realOf(process.cwd());
  return current === dirname(current) ? folder : current;
}

/** A program that the administrator has installed and no other user can have changed. */
function isInstalled(path: string): boolean {
  if (!PROGRAM_FOLDERS.some((folder) => isBelow(path, folder))) return false;
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && stat.uid === 0 && (stat.mode & WRITABLE_BY_OTHERS) === 0;
}
