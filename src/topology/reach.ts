/**
 * Which files of this machine a scenario may name. A scenario may come from an untrusted pull request, and what it reads
 * is shown in logs and kept as evidence, so its paths reach only the project's folder, with symbolic links resolved. A
 * path typed on the command line is allowed, with its folder.
 */
import { accessSync, closeSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { linkedLibraries } from './program/libraries.ts';
import type { Program } from './topology.ts';
import { isBelow, openRegularFile, readTextFile, realOf, reasonOf } from './yaml/text-file.ts';

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

export class Reach {
  private readonly project: string;
  private readonly open: readonly string[];

  private constructor(project: string, open: readonly string[]) {
    this.project = project;
    this.open = open;
  }

  /** The reach of a scenario file, and of a topology, that were typed on the command line. */
  static of(
    file: string,
    { paths }: Allowance = NOTHING_MORE,
    topology: string | undefined = undefined,
  ): Reach {
    const own = realOf(dirname(resolve(file)));
    const typed = topology === undefined ? [] : [dirname(resolve(topology))];
    const project = projectOf(own);
    const shipped = ['scenarios', 'topologies'].map((name) => join(packageRoot(), name));
    return new Reach(project, [own, project, ...[...typed, ...shipped, ...paths].map(realOf)]);
  }

  /** The text of a file, or why it cannot be read. */
  text(written: WrittenPath): TextFile | PathProblem {
    const asked = absolute(written);
    const path = realOf(asked);
    if (!this.reaches(asked, path, written.typed)) return this.outside(asked, path);
    try {
      return { path: asked, text: readTextFile(path) };
    } catch (error) {
      return { problem: `${asked} cannot be read: ${reasonOf(error)}`, hint: relativeTo(written) };
    }
  }

  /** A program that may be copied into a node, with its libraries. It is not executed here. */
  program(written: WrittenPath): Program | PathProblem {
    const asked = absolute(written);
    const path = realOf(asked);
    if (!this.reaches(asked, path, written.typed) && !isInstalled(path))
      return this.outside(asked, path);
    try {
      accessSync(path, constants.X_OK);
      closeSync(openRegularFile(path));
    } catch (error) {
      return { problem: `${asked} cannot be run: ${reasonOf(error)}`, hint: relativeTo(written) };
    }
    try {
      return { path, ...linkedLibraries(path, (folder) => this.hasFolder(folder)) };
    } catch (error) {
      return { problem: `${asked} cannot be taken into a node: ${reasonOf(error)}`, hint: LINKING };
    }
  }

  /** Whether the scenario may read the folder, with symbolic links resolved. */
  hasFolder(folder: string): boolean {
    const real = realOf(folder);
    return this.open.some((allowed) => isBelow(real, allowed));
  }

  private reaches(asked: string, real: string, typed: boolean): boolean {
    const open = typed ? [...this.open, realOf(dirname(asked))] : this.open;
    return open.some((folder) => isBelow(real, folder));
  }

  private outside(asked: string, real: string): PathProblem {
    const leads = real === asked ? '' : ` leads to ${real}, which`;
    return {
      problem: `${asked}${leads} is outside the project's folder ${this.project}`,
      hint: `Move it there, or open its folder on the command line: --allow-path ${dirname(real)}`,
    };
  }
}

/** The git root above a folder, otherwise the current folder, unless that is the root of the file system. */
function projectOf(folder: string): string {
  for (let above = folder; above !== dirname(above); above = dirname(above))
    if (existsSync(join(above, '.git'))) return above;
  const current = realOf(process.cwd());
  return current === dirname(current) ? folder : current;
}

function absolute({ text, folder, typed }: WrittenPath): string {
  return typed ? resolve(text) : resolve(folder, text);
}

/** A program that the administrator has installed and no other user can have changed. */
function isInstalled(path: string): boolean {
  if (!PROGRAM_FOLDERS.some((folder) => isBelow(path, folder))) return false;
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && stat.uid === 0 && (stat.mode & WRITABLE_BY_OTHERS) === 0;
}

function relativeTo({ typed }: WrittenPath): string {
  return typed
    ? 'What is typed is relative to the current folder.'
    : 'The path is relative to the file it stands in.';
}
