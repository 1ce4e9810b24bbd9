/** The processes of a router: started in order, their output read, their children found by role. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ProcessRole } from '../fault/process.ts';
import { monotonicNow } from '../linux/clock.ts';
import type { LabEvent } from '../observe/event.ts';
import type { Instant } from '../time.ts';
import { engineEvent, isPoolLine, PoolWatch } from './engine-events.ts';
import { readLines } from './line-fifo.ts';
import { descendants, isDead, processes } from './processes.ts';
import type { AgentResult, RequestOf } from './protocol.ts';
import { say } from './say.ts';
import type { SpawnedProcess } from './spawned.ts';
import { becomesTrue } from './wait.ts';

type SpawnRequest = RequestOf<'spawn'>;

/** How long a process may take to be ready. */
const READY_MS = 10_000;
const END_MS = 10_000;
const ASK_MS = 10_000;
/** Lines of a process that ended, shown with the error. */
const LAST_LINES = 8;
const HEARD_MS = 500;

export class Router {
  /** How long a process may take to end after a signal (ms). */
  readonly endMs: number;
  private readonly node: () => string;
  private request: SpawnRequest | undefined;
  /** By name, dead ones too until they are collected. */
  private readonly children = new Map<string, ChildProcess>();
  private readonly leaving = new Set<number>();
  private fifo: ReturnType<typeof readLines> | undefined;
  private readonly pools = new PoolWatch(
    () => this.node(),
    (event) => this.emit(event),
  );

  constructor(node: () => string, endMs = END_MS) {
    this.node = node;
    this.endMs = endMs;
  }

  start(request: SpawnRequest): Promise<AgentResult> {
    this.request = request;
    return this.restart();
  }

  /**
   * Starts the processes that do not run; `ok` means that all of them run. `role`: also waits for a child of that role,
   * which its own parent starts again.
   */
  async restart(role?: ProcessRole): Promise<AgentResult> {
    const { request } = this;
    if (request === undefined) return { ok: true };
    const problem = (await this.settled()) ?? (await this.startMissing(request));
    if (problem !== undefined) return { ok: false, error: problem };
    const runs = (): boolean => request.processes.every(({ name }) => this.isUp(name));
    const whole = (): boolean => role === undefined || this.pids(role).length > 0;
    const up = await becomesTrue(() => runs() && whole(), { everyMs: 2, withinMs: READY_MS });
    if (up) return { ok: true };
    const gone = request.processes.filter(({ name }) => !this.isUp(name)).map(({ name }) => name);
    const what = gone.length > 0 ? gone.join(', ') : `its process ${role}`;
    return { ok: false, error: `${what} does not run` };
  }

  /** Whether the agent started this process and has not collected it. */
  owns(pid: number): boolean {
    return [...this.children.values()].some((child) => child.pid === pid);
  }

  /** The process was signalled to end: it no longer counts as running. */
  leaves(pid: number): void {
    this.leaving.add(pid);
  }

  /** Waits until every dead or signalled process is collected. Answers which still runs, or undefined. */
  private async settled(): Promise<string | undefined> {
    const ending = (): string[] =>
      [...this.children].flatMap(([name, { pid }]) =>
        pid !== undefined && (this.leaving.has(pid) || isDead(pid)) ? [name] : [],
      );
    if (await becomesTrue(() => ending().length === 0, { everyMs: 1, withinMs: this.endMs }))
      return undefined;
    return `${ending().join(', ')} was told to end and still runs`;
  }

  private isUp(name: string): boolean {
    const pid = this.children.get(name)?.pid;
    return pid !== undefined && !isDead(pid);
  }

  private async startMissing(request: SpawnRequest): Promise<string | undefined> {
    const missing = request.processes.filter(({ name }) => !this.children.has(name));
    if (missing.length === 0) return undefined;
    const all = missing.length === request.processes.length;
    if (all && request.setup !== '') {
      const done = await ask(['sh', '-e', '-c', request.setup]);
      if (!done.ok || done.status !== 0) return `setting up: ${done.ok ? done.output : done.error}`;
    }
    if (request.fifo !== undefined)
      this.fifo ??= readLines(request.fifo, (line) => this.log('notify', line));
    // keepalived does not report when a pool has reached the kernel, so the kernel is polled.
    if (request.processes.every(({ output }) => output === 'text')) this.pools.follow();
    for (const plan of missing) {
      const problem = await this.run(plan);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  /** The processes the agent started, in that order. */
  mainPids(): number[] {
    const { request } = this;
    return (request?.processes ?? []).flatMap(({ name }) => this.children.get(name)?.pid ?? []);
  }

  /** Living pids of a role, children before their parents. */
  pids(role: ProcessRole): number[] {
    const found = processes();
    const plans = this.request?.processes ?? [];
    const markers = plans.flatMap((plan) => Object.values(plan.roles));
    const mains = this.mainPids();
    // A child that outlived its parent belongs to process 1 now and is found by its command line.
    const orphans = found.filter(
      ({ pid, ppid, command }) =>
        ppid === process.pid &&
        !mains.includes(pid) &&
        markers.some((marker) => command.includes(marker)),
    );
    const below = mains.flatMap((pid) => descendants(found, pid));
    const children = [...below, ...orphans];
    if (role === 'all') return [...children.map(({ pid }) => pid), ...mains];
    const own = plans
      .filter((plan) => (plan.role ?? 'parent') === role)
      .flatMap(({ name }) => this.children.get(name)?.pid ?? []);
    const ownMarkers = plans.flatMap(({ roles }) => roles[role] ?? []);
    return [
      ...children
        .filter(({ command }) => ownMarkers.some((marker) => command.includes(marker)))
        .map(({ pid }) => pid),
      ...own,
    ];
  }

  private async run(plan: SpawnedProcess): Promise<string | undefined> {
    const [program = '', ...args] = plan.argv;
    const { ready } = plan;
    // The file may be its predecessor's.
    if (ready !== undefined) rmSync(ready, { force: true });
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const identity = { process: plan.name, pid: child.pid ?? 0 };
    this.children.set(plan.name, child);
    this.emit({ kind: 'process-started', ...this.base(), ...identity });
    let failed: string | undefined;
    child.on('error', (error) => {
      failed = `${plan.name}: ${error.message}`;
      if (child.pid === undefined) this.children.delete(plan.name);
      this.log(plan.name, error.message);
    });
    const last: string[] = [];
    const remember = (line: string): void => {
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
    };
    let ended: string | undefined;
    child.once('exit', (code, signal) => {
      ended = `${plan.name} ended with ${signal ?? `code ${code}`}`;
      if (child.pid !== undefined) this.leaving.delete(child.pid);
      if (this.children.get(plan.name) === child) this.children.delete(plan.name);
      this.emit({
        kind: 'process-exited',
        ...this.base(),
        ...identity,
        code: code ?? undefined,
        signal: signal ?? undefined,
      });
      if (plan.output === 'json-events') this.pools.look();
    });
    createInterface({ input: child.stdout })
      .on('line', remember)
      .on('line', (line) => this.output(plan, line));
    createInterface({ input: child.stderr })
      .on('line', remember)
      .on('line', (line) => this.log(plan.name, line));
    const problem = await this.untilReady(plan, child, () => failed ?? ended);
    if (problem === undefined || last.length === 0) return problem;
    return `${problem}; its last lines:\n${last.map((line) => `    ${line}`).join('\n')}`;
  }

  /** `over`: why it will never be ready. */
  private async untilReady(
    { name, ready }: SpawnedProcess,
    child: ChildProcess,
    over: () => string | undefined,
  ): Promise<string | undefined> {
    let spawned = false;
    child.once('spawn', () => {
      spawned = true;
    });
    const seen = (): boolean => spawned && (ready === undefined || existsSync(ready));
    const options = { everyMs: 2, withinMs: READY_MS };
    let closed = false;
    child.once('close', () => {
      closed = true;
    });
    await becomesTrue(() => seen() || over() !== undefined, options);
    // Its last output arrives after its exit.
    if (over() !== undefined) await becomesTrue(() => closed, { everyMs: 2, withinMs: HEARD_MS });
    if (over() !== undefined) return over();
    return seen() ? undefined : `${name} was not ready within ${READY_MS / 1_000} s`;
  }

  private output({ name, output }: SpawnedProcess, line: string): void {
    const event = output === 'text' ? undefined : engineEvent(line, this.node());
    if (event === undefined) this.log(name, line);
    else this.emit(event);
    if (output === 'json-events' && isPoolLine(line)) this.pools.look();
  }

  private log(process_: string, text: string): void {
    this.emit({ kind: 'log', ...this.base(), process: process_, text });
  }

  private base(): { at: Instant; source: 'agent'; node: string } {
    return { at: monotonicNow(), source: 'agent', node: this.node() };
  }

  private emit(event: LabEvent): void {
    say({ kind: 'event', event });
  }
}

/** Runs a command to its end; `output` is what it wrote to both outputs. */
export function ask(argv: readonly string[]): Promise<AgentResult> {
  const [program = '', ...args] = argv;
  return new Promise((resolve) => {
    execFile(program, args, { timeout: ASK_MS }, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      if (error === null) resolve({ ok: true, status: 0, output });
      // It could not be started, or its output is too large.
      else if (typeof error.code === 'string') resolve({ ok: false, error: error.message });
      else if (error.killed === true)
        resolve({ ok: false, error: `${program} did not end within ${ASK_MS / 1_000} s` });
      else resolve({ ok: true, status: error.code ?? 1, output });
    });
  });
}
