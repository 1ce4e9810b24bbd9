/**
 * The evidence of a failed or kept run: for each cell the rendered files, the logs, every event as a
 * JSON line, and one packet capture per segment. Each run has its own folder below the output
 * folder, and `latest` links to the last one: no run overwrites the evidence of another.
 */
import { readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { NodePlan } from '../lab/lab.ts';
import type { LabEvent } from '../observe/event.ts';
import { printable, printableJson } from '../printable.ts';
import { type CapturedFrame, pcapFile } from './pcap.ts';
import { makeFolder, tryFolder } from './place.ts';

export interface Evidence {
  readonly nodes: readonly NodePlan[];
  readonly events: readonly LabEvent[];
  /** Per segment. */
  readonly frames: ReadonlyMap<string, readonly CapturedFrame[]>;
  /** Wall-clock microseconds of the lab clock's zero; 0 for virtual time. */
  readonly epoch: number;
}

/** A file's name has 255 bytes at most, and people read it. */
const LONGEST_NAME = 120;
const MOST_OF_ONE_NAME = 10_000;
const LATEST = 'latest';

/** The output folder as one run sees it. */
export interface EvidencePlace {
  /** Writes the evidence of a cell and returns the folder. Throws if it cannot. */
  write(name: string, evidence: Evidence): string;
}

/** Throws a HalabError (exit 4) if nothing can be written there. `now`: names the run, `20260131-235959`. */
export function evidencePlace(root: string, now: Date): EvidencePlace {
  tryFolder(root, 'Choose another place with --output-dir.');
  const stamp = now.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  let own: string | undefined;
  return {
    write: (name, evidence) => {
      if (own === undefined) {
        makeFolder(root);
        own = unused(root, stamp);
        link(root, relative(root, own));
      }
      const cell = name.replace(/[^A-Za-z0-9._-]/g, '_').slice(0, LONGEST_NAME);
      const folder = unused(own, cell);
      writeEvidence(folder, evidence);
      return folder;
    },
  };
}

/** The link to the last run, replaced in one step; a file or folder of the user's own with that name stays. */
function link(root: string, target: string): void {
  const latest = join(root, LATEST);
  const fresh = join(root, `.${LATEST}-${process.pid}`);
  try {
    if (isTaken(latest)) return;
    symlinkSync(target, fresh);
    renameSync(fresh, latest);
  } catch {
    rmSync(fresh, { force: true }); // No links here: the printed path leads there as well.
  }
}

/** Creates a new folder with that name, or with a number appended. */
function unused(parent: string, name: string): string {
  for (let i = 1; i < MOST_OF_ONE_NAME; i++) {
    const folder = join(parent, i === 1 ? name : `${name}-${i}`);
    if (makeFolder(folder).length > 0) return folder;
  }
  throw new Error(`${join(parent, name)}: too many of that name`);
}

/** Whether an object exists there that is no link. */
function isTaken(link: string): boolean {
  try {
    readlinkSync(link);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

function writeEvidence(folder: string, evidence: Evidence): void {
  for (const node of evidence.nodes) {
    const at = join(folder, 'nodes', node.name);
    makeFolder(at);
    for (const [path, name] of namesOf(node.files.map((file) => file.path)))
      writeFileSync(join(at, name), node.files.find((file) => file.path === path)?.text ?? '');
    const log = evidence.events.filter((event) => event.kind === 'log' && event.node === node.name);
    writeFileSync(join(at, 'log.txt'), log.map(logLine).join(''));
  }
  writeFileSync(
    join(folder, 'events.jsonl'),
    evidence.events.map((event) => `${printableJson(event)}\n`).join(''),
  );
  for (const [segment, frames] of evidence.frames) {
    writeFileSync(join(folder, `${segment}.pcap`), pcapFile(frames, evidence.epoch));
  }
}

/** The last part of each path, or all of it where another file has that name already. */
function namesOf(paths: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const path of paths) {
    const short = path.split('/').at(-1) ?? path;
    const isTaken = [...names.values()].includes(short);
    names.set(path, isTaken ? path.slice(1).replaceAll('/', '_') : short);
  }
  return names;
}

function logLine(event: LabEvent): string {
  const text = event.kind === 'log' ? printable(event.text) : '';
  return `${(event.at / 1_000_000).toFixed(6)} ${text}\n`;
}
