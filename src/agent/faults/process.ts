/** Faults of a router's processes: signals. */
import { writeFileSync } from 'node:fs';
import type { ConfigFile } from '../../fault/config-change.ts';
import type { Fault, FaultOf } from '../../fault/faults.ts';
import type { ProcessRole } from '../../fault/process.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { isDead, processState, signalPending } from '../processes.ts';
import { type AgentResult, resultOf } from '../protocol.ts';
import type { Router } from '../router.ts';
import { becomesTrue, until } from '../wait.ts';
import type { Actions } from './actions.ts';

/** A process has reacted to a signal within this, or does not. */
const SIGNAL = { everyMs: 1, withinMs: 2_000 };

/** Loops that kill, by the id of their fault. */
const loops = new Map<string, NodeJS.Timeout>();

export const PROCESS_FAULTS = {
  'process.kill': {
    apply: ({ fault: { process: role }, at }, { router }) => killed(router, role, at),
    undo: ({ fault }, { router }) => router.restart(fault.process),
  } satisfies Actions<FaultOf<'process.kill'>>,
  'process.crash-loop': {
    apply: async ({ id, fault: { process: role, every }, at }, { router }) => {
      const first = await killed(router, role, at);
      const again = (): void => signalAll(router.pids(role), 'SIGKILL');
      if (first.ok) loops.set(id, setInterval(again, every / 1_000));
      return first;
    },
    undo: ({ id, fault }, { router }) => {
      clearInterval(loops.get(id));
      loops.delete(id);
      return router.restart(fault.process);
    },
  } satisfies Actions<FaultOf<'process.crash-loop'>>,
  'process.pause': {
    apply: ({ fault: { process: role }, at }, { router }) =>
      signal(router.pids(role), role, at, { name: 'SIGSTOP', effect: 'stopped', seen: isStopped }),
    // Processes of another pause stay stopped.
    undo: async (_, { router }, others) => {
      const held = others.flatMap((other) =>
        other.kind === 'process.pause' ? router.pids(other.process) : [],
      );
      const pids = router.pids('all').filter((pid) => !held.includes(pid));
      signalAll(pids, 'SIGCONT');
      const done = await becomesTrue(() => !pids.some(isStopped), SIGNAL);
      return resultOf(done ? undefined : 'SIGCONT did not let every process go on');
    },
  } satisfies Actions<FaultOf<'process.pause'>>,
  'process.reload': {
    // A process that does not handle the signal is ended by it.
    apply: ({ fault: { change }, at }, { router }) =>
      signal(router.mainPids(), 'parent', at, {
        name: 'SIGHUP',
        effect: 'was taken by',
        seen: tookHangup,
        before: () => writeAll(change?.files ?? []),
      }),
    undo: ({ fault: { change } }, { router }, others) =>
      change === undefined ? { ok: true } : rewrite(lastFiles(others) ?? change.before, router),
  } satisfies Actions<FaultOf<'process.reload'>>,
  'process.slow': { cannot: 'a real process cannot be slowed by an exact time' },
};

/** The files of the last change that is in force. */
function lastFiles(faults: readonly Fault[]): readonly ConfigFile[] | undefined {
  const changes = faults.flatMap((fault) =>
    fault.kind === 'process.reload' ? (fault.change ?? []) : [],
  );
  return changes.at(-1)?.files;
}

async function rewrite(files: readonly ConfigFile[], router: Router): Promise<AgentResult> {
  writeAll(files);
  const pids = router.mainPids();
  signalAll(pids, 'SIGHUP');
  // A dead process reads the files at its start, a paused one when it resumes.
  const done = (pid: number): boolean => tookHangup(pid) || isGone(pid, router) || isStopped(pid);
  const isTaken = await becomesTrue(() => pids.every(done), SIGNAL);
  return resultOf(isTaken ? undefined : 'SIGHUP was not taken');
}

function killed(router: Router, role: ProcessRole, at: number): Promise<AgentResult> {
  const seen = (pid: number): boolean => isGone(pid, router);
  return signal(router.pids(role), role, at, { name: 'SIGKILL', effect: 'ended', seen });
}

interface Signal {
  readonly name: NodeJS.Signals;
  /** In the wording of the evidence: `SIGKILL ended 2 processes`. */
  readonly effect: string;
  readonly seen: (pid: number) => boolean;
  readonly before?: () => void;
}

async function signal(
  pids: readonly number[],
  role: ProcessRole,
  at: number,
  { name, effect, seen, before }: Signal,
): Promise<AgentResult> {
  if (pids.length === 0) return { ok: false, error: `no process ${role} runs` };
  await until(at);
  before?.();
  const stamp = monotonicNow();
  signalAll(pids, name);
  return (await becomesTrue(() => pids.every(seen), SIGNAL))
    ? { ok: true, at: stamp, evidence: `${name} ${effect} ${countText(pids.length)}` }
    : { ok: false, error: `${name} did not take effect on ${role}` };
}

/** Dead, and the agent knows: only then can it be started again. */
export function isGone(pid: number, router: Router): boolean {
  return isDead(pid) && !router.owns(pid);
}

function isStopped(pid: number): boolean {
  return processState(pid) === 'T';
}

function tookHangup(pid: number): boolean {
  return !isDead(pid) && !signalPending(pid, 'SIGHUP');
}

function writeAll(files: readonly ConfigFile[]): void {
  for (const { path, text } of files) writeFileSync(path, text);
}

export function countText(count: number): string {
  return `${count} ${count === 1 ? 'process' : 'processes'}`;
}

/** One after the other without a pause: all within a millisecond. */
export function signalAll(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It was gone already: the check for the effect decides.
    }
  }
}
