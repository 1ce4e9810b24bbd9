/** The router process of a node and its children: started, found by role, signalled together. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ProcessRole } from '../fault/fault.ts';
import { monotonicNow } from '../linux/clock.ts';
import type { LabEvent } from '../observe/event.ts';
import { type Instant, instant } from '../time.ts';
import type { AgentRequest } from './protocol.ts';
import { say } from './say.ts';

type SpawnRequest = Extract<AgentRequest, { kind: 'spawn' }>;

export class RouterProcess {
  private readonly node: () => string;
  private request: SpawnRequest | undefined;
  private child: ChildProcess | undefined;

  constructor(node: () => string) {
    this.node = node;
  }

  start(request: SpawnRequest): void {
    this.request = request;
    const [program = '', ...args] = request.argv;
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.tell({
      kind: 'process-started',
      ...this.base(),
      process: request.process,
      pid: child.pid ?? 0,
    });
    child.on('error', (error) => this.log(request.process, error.message));
    child.once('exit', (code, signal) => {
      if (this.child === child) this.child = undefined;
      this.tell({
        kind: 'process-exited',
        ...this.base(),
        process: request.process,
        pid: child.pid ?? 0,
        code: code ?? undefined,
        signal: signal ?? undefined,
      });
    });
    createInterface({ input: child.stdout }).on('line', (line) => this.output(request, line));
    createInterface({ input: child.stderr }).on('line', (line) => this.log(request.process, line));
  }

  /** Starts it as it was started before, unless it runs. */
  restart(): void {
    if (this.child === undefined && this.request !== undefined) this.start(this.request);
  }

  /** The parent's pid; undefined if it does not run. */
  parent(): number | undefined {
    return this.child?.pid;
  }

  /** Living pids of a role, children before their parent. */
  pids(role: ProcessRole): number[] {
    const parent = this.child?.pid;
    const markers = this.request?.roles ?? {};
    const found = processes();
    const below = descendants(found, parent);
    // Children that outlived their parent belong to process 1 now; their command line tells them.
    const orphans = found.filter(
      ({ ppid, command }) =>
        ppid === process.pid && Object.values(markers).some((marker) => command.includes(marker)),
    );
    const children = [...below, ...orphans].filter(({ pid }) => pid !== parent);
    if (role === 'parent') return parent === undefined ? [] : [parent];
    if (role === 'all')
      return [...children.map(({ pid }) => pid), ...(parent === undefined ? [] : [parent])];
    const marker = markers[role];
    return marker === undefined
      ? []
      : children.filter(({ command }) => command.includes(marker)).map(({ pid }) => pid);
  }

  private output(request: SpawnRequest, line: string): void {
    if (request.output === 'text') {
      this.log(request.process, line);
      return;
    }
    const event = stateEvent(line, this.node());
    if (event === undefined) this.log(request.process, line);
    else this.tell(event);
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

/** A state line of halabd as an event; undefined for every other line. */
export function stateEvent(line: string, node: string): LabEvent | undefined {
  try {
    const { kind, at, instance, state, reason, detail } = JSON.parse(line) as Record<
      string,
      unknown
    >;
    if (kind !== 'state' || typeof at !== 'number') return undefined;
    return {
      kind,
      at: instant(at),
      source: 'engine',
      node,
      instance: String(instance),
      state: String(state),
      reason: String(reason),
      detail: String(detail),
    };
  } catch {
    return undefined;
  }
}

interface ProcessEntry {
  readonly pid: number;
  readonly ppid: number;
  readonly state: string;
  readonly command: string;
}

/** One letter of /proc: R running, S sleeping, T stopped, Z dead but not collected; undefined: gone. */
export function processState(pid: number): string | undefined {
  return readProcess(pid)?.state;
}

function processes(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? [])
    .filter(({ state }) => state !== 'Z');
}

function readProcess(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything; what follows the last one is fixed.
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

function descendants(all: readonly ProcessEntry[], root: number | undefined): ProcessEntry[] {
  if (root === undefined) return [];
  const children = all.filter(({ ppid }) => ppid === root);
  return children.flatMap((child) => [...descendants(all, child.pid), child]);
}
