/** What a router runs: its processes in order, their output, their children found by role. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ProcessRole } from '../fault/fault.ts';
import { monotonicNow } from '../linux/clock.ts';
import type { LabEvent } from '../observe/event.ts';
import type { Instant } from '../time.ts';
import { engineEvent, PoolWatch, tellsOfPool } from './engine-events.ts';
import { readLines } from './line-fifo.ts';
import { descendants, processes } from './processes.ts';
import type { AgentRequest, AgentResult, SpawnedProcess } from './protocol.ts';
import { say } from './say.ts';
import { becomesTrue } from './wait.ts';

type SpawnRequest = Extract<AgentRequest, { kind: 'spawn' }>;

/** A process that is not ready by then will not be. */
const READY_MS = 5_000;
const ASK_MS = 10_000;

export class Router {
  private readonly node: () => string;
  private request: SpawnRequest | undefined;
  private readonly children = new Map<string, ChildProcess>();
  private fifo: ReturnType<typeof readLines> | undefined;
  private readonly pools = new PoolWatch(
    () => this.node(),
    (event) => this.tell(event),
  );

  constructor(node: () => string) {
    this.node = node;
  }

  start(request: SpawnRequest): Promise<AgentResult> {
    this.request = request;
    return this.restart();
  }

  /** Starts what does not run, as it was started before. */
  async restart(): Promise<AgentResult> {
    const { request } = this;
    if (request === undefined) return { ok: true };
    const missing = request.processes.filter(({ name }) => !this.children.has(name));
    if (missing.length === 0) return { ok: true };
    const all = missing.length === request.processes.length;
    if (all && request.setup !== '') {
      const done = ask(['sh', '-e', '-c', request.setup]);
      if (!done.ok || done.status !== 0)
        return { ok: false, error: `setting up: ${done.ok ? done.output : done.error}` };
    }
    if (request.fifo !== undefined)
      this.fifo ??= readLines(request.fifo, (line) => this.log('notify', line));
    // keepalived does not say when a pool has reached the kernel.
    if (request.processes.every(({ output }) => output === 'text')) this.pools.follow();
    for (const one of missing) {
      const problem = await this.run(one);
      if (problem !== undefined) return { ok: false, error: problem };
    }
    return { ok: true };
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
    // Children that outlived their parent belong to process 1 now; their command line tells them.
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
    const told = plans.flatMap(({ roles }) => roles[role] ?? []);
    return [
      ...children
        .filter(({ command }) => told.some((marker) => command.includes(marker)))
        .map(({ pid }) => pid),
      ...own,
    ];
  }

  private async run(plan: SpawnedProcess): Promise<string | undefined> {
    const [program = '', ...args] = plan.argv;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const about = { process: plan.name, pid: child.pid ?? 0 };
    this.children.set(plan.name, child);
    this.tell({ kind: 'process-started', ...this.base(), ...about });
    child.on('error', (error) => {
      this.children.delete(plan.name);
      this.log(plan.name, error.message);
    });
    child.once('exit', (code, signal) => {
      if (this.children.get(plan.name) === child) this.children.delete(plan.name);
      this.tell({
        kind: 'process-exited',
        ...this.base(),
        ...about,
        code: code ?? undefined,
        signal: signal ?? undefined,
      });
      if (plan.output === 'json-events') this.pools.look();
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.output(plan, line));
    createInterface({ input: child.stderr }).on('line', (line) => this.log(plan.name, line));
    const { ready } = plan;
    if (ready === undefined) return undefined;
    const seen = await becomesTrue(() => existsSync(ready), { everyMs: 2, withinMs: READY_MS });
    return seen ? undefined : `${plan.name} was not ready within ${READY_MS / 1_000} s`;
  }

  private output({ name, output }: SpawnedProcess, line: string): void {
    const event = output === 'text' ? undefined : engineEvent(line, this.node());
    if (event === undefined) this.log(name, line);
    else this.tell(event);
    if (output === 'json-events' && tellsOfPool(line)) this.pools.look();
  }

  private log(process_: string, text: string): void {
    this.tell({ kind: 'log', ...this.base(), process: process_, text });
  }

  private base(): { at: Instant; source: 'agent'; node: string } {
    return { at: monotonicNow(), source: 'agent', node: this.node() };
  }

  private tell(event: LabEvent): void {
    say({ kind: 'event', event });
  }
}

/** Runs a command to its end; what it said on both outputs is `output`. */
export function ask(argv: readonly string[]): AgentResult {
  const [program = '', ...args] = argv;
  const run = spawnSync(program, args, { encoding: 'utf8', timeout: ASK_MS });
  if (run.error !== undefined) return { ok: false, error: run.error.message };
  return { ok: true, status: run.status ?? 1, output: `${run.stdout}${run.stderr}`.trim() };
}
