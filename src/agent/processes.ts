/** The processes of a node as /proc shows them. */
import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

export interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  readonly state: string;
  readonly command: string;
}

/** A letter of /proc: R running, S sleeping, T stopped, Z dead but not collected; undefined: gone. */
export function processState(pid: number): string | undefined {
  return readProcess(pid)?.state;
}

/** Gone, or dead and not collected yet. */
export function isDead(pid: number): boolean {
  const state = processState(pid);
  return state === undefined || state === 'Z' || state === 'X';
}

export function processes(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? [])
    .filter(({ state }) => state !== 'Z');
}

function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold any character; the fields behind the last parenthesis are fixed.
    const [state = '', ppid = '0'] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      pid,
      ppid: Number(ppid),
      state,
      command: readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' '),
    };
  } catch {
    return undefined;
  }
}

export function descendants(
  all: readonly ProcessEntry[],
  root: number | undefined,
): ProcessEntry[] {
  if (root === undefined) return [];
  const children = all.filter(({ ppid }) => ppid === root);
  return children.flatMap((child) => [...descendants(all, child.pid), child]);
}

/** Whether a signal was sent to a process that has not taken it yet (proc(5): ShdPnd). */
export function signalPending(pid: number, signal: NodeJS.Signals): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const pending = BigInt(`0x${/^ShdPnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
    return ((pending >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
  } catch {
    return false;
  }
}
