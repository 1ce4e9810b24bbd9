/** Faults of a router's processes: signals, and the end of the whole node. */
import { writeFileSync } from 'node:fs';
import type { ConfigChange, ConfigFile } from '../../fault/config-change.ts';
import type { ProcessRole } from '../../fault/process.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { libc } from '../../linux/libc.ts';
import { isDead, processState, signalPending } from '../processes.ts';
import type { AgentResult } from '../protocol.ts';
import type { Router } from '../router.ts';
import { say } from '../say.ts';
import { becomesTrue, until } from '../wait.ts';

/** A process that got SIGKILL is gone within this; SIGTERM may take the daemon's whole patience. */
const KILL_MS = 2_000;

export class ProcessFaults {
  private readonly router: Router;
  private readonly node: () => string;
  /** In force, by the fault's id. */
  private readonly pauses = new Map<string, ProcessRole>();
  private readonly changes = new Map<string, ConfigChange>();

  constructor(router: Router, node: () => string) {
    this.router = router;
    this.node = node;
  }

  /**
   * Ends what runs, says so, and is gone. Docker may need seconds to take a dead container's network
   * away, and until then its kernel would go on answering for its addresses: the cables are pulled first.
   */
  async powerOff(at: number, unplug: () => void): Promise<never> {
    const pids = this.router.pids('all').reverse();
    await until(at);
    const stamp = monotonicNow();
    signalAll(pids, 'SIGKILL');
    unplug();
    const node = this.node();
    say({ kind: 'event', event: { kind: 'node-down', at: stamp, source: 'agent', node } });
    libc().exitNow(0);
    throw new Error('_exit does not return');
  }

  /** In order: the last one started is the first one stopped, and the next only when it has gone. */
  async stop(at: number): Promise<AgentResult> {
    const pids = this.router.mainPids().reverse();
    if (pids.length === 0) return { ok: false, error: 'no router process runs' };
    await until(at);
    const stamp = monotonicNow();
    for (const pid of pids) {
      this.router.leaves(pid);
      signalAll([pid], 'SIGTERM');
      const seen = await becomesTrue(() => this.gone(pid), {
        everyMs: 1,
        withinMs: this.router.endMs,
      });
      if (!seen) return { ok: false, error: `SIGTERM did not end process ${pid}` };
    }
    return { ok: true, at: stamp, evidence: `SIGTERM ended ${counted(pids.length)}` };
  }

  kill(role: ProcessRole, at: number): Promise<AgentResult> {
    const effect = { words: 'ended', seen: (pid: number) => this.gone(pid) };
    return this.signal(this.router.pids(role), role, 'SIGKILL', effect, at);
  }

  pause(id: string, role: ProcessRole, at: number): Promise<AgentResult> {
    const seen = (pid: number): boolean => processState(pid) === 'T';
    const effect = { words: 'stopped', seen };
    this.pauses.set(id, role);
    return this.signal(this.router.pids(role), role, 'SIGSTOP', effect, at);
  }

  /** What another pause holds stays stopped; the rest runs when this has answered. */
  async resume(id: string): Promise<AgentResult> {
    this.pauses.delete(id);
    const held = new Set([...this.pauses.values()].flatMap((role) => this.router.pids(role)));
    const pids = this.router.pids('all').filter((pid) => !held.has(pid));
    signalAll(pids, 'SIGCONT');
    const running = (): boolean => pids.every((pid) => processState(pid) !== 'T');
    return (await becomesTrue(running, { everyMs: 1, withinMs: KILL_MS }))
      ? { ok: true }
      : { ok: false, error: 'SIGCONT did not let every process go on' };
  }

  /** Whoever does not handle the signal is ended by it. */
  async reload(id: string, change: ConfigChange | undefined, at: number): Promise<AgentResult> {
    const effect = { words: 'was taken by', seen: tookHangup };
    if (change !== undefined) this.changes.set(id, change);
    const write = (): void => writeAll(change?.files ?? []);
    return this.signal(this.router.mainPids(), 'parent', 'SIGHUP', effect, at, write);
  }

  /** The files as they were, or as the last change says that is still in force, and SIGHUP again. */
  async restore(id: string, change: ConfigChange | undefined): Promise<AgentResult> {
    this.changes.delete(id);
    if (change === undefined) return { ok: true };
    writeAll([...this.changes.values()].at(-1)?.files ?? change.before);
    const pids = this.router.mainPids();
    signalAll(pids, 'SIGHUP');
    // What has died reads the files when it starts, what is paused when it goes on.
    const done = (pid: number): boolean =>
      tookHangup(pid) || this.gone(pid) || processState(pid) === 'T';
    return (await becomesTrue(() => pids.every(done), { everyMs: 1, withinMs: KILL_MS }))
      ? { ok: true }
      : { ok: false, error: 'SIGHUP was not taken' };
  }

  /** Dead, and the agent knows: only then can it be started again. */
  private gone(pid: number): boolean {
    return isDead(pid) && !this.router.owns(pid);
  }

  private async signal(
    pids: readonly number[],
    role: ProcessRole,
    signal: NodeJS.Signals,
    { words, seen }: { readonly words: string; readonly seen: (pid: number) => boolean },
    at: number,
    before: () => void = () => {},
  ): Promise<AgentResult> {
    if (pids.length === 0) return { ok: false, error: `no process ${role} runs` };
    await until(at);
    before();
    const stamp = monotonicNow();
    signalAll(pids, signal);
    const done = await becomesTrue(() => pids.every(seen), { everyMs: 1, withinMs: KILL_MS });
    return done
      ? { ok: true, at: stamp, evidence: `${signal} ${words} ${counted(pids.length)}` }
      : { ok: false, error: `${signal} did not take effect on ${role}` };
  }
}

function writeAll(files: readonly ConfigFile[]): void {
  for (const { path, text } of files) writeFileSync(path, text);
}

function tookHangup(pid: number): boolean {
  return !isDead(pid) && !signalPending(pid, 'SIGHUP');
}

function counted(count: number): string {
  return `${count} ${count === 1 ? 'process' : 'processes'}`;
}

/** One after the other without a pause: all within a millisecond. */
function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It was gone already: the check for the effect tells.
    }
  }
}
