/**
 * The parent process: reads and checks the configuration, starts the vrrp child, restarts it when it
 * dies, stops it in order. The policy is the pure supervisor's; here it meets processes and signals.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseConfig } from '../engine/core/conf-parser.ts';
import type { DaemonConfig } from '../engine/core/config.ts';
import {
  createSupervisor,
  type SupervisorEffect,
  type SupervisorInput,
  stepSupervisor,
} from '../engine/core/supervisor.ts';
import { formatIssue, messageOf, type SourceIssue } from '../errors.ts';
import { monotonicNow } from '../linux/clock.ts';
import { formatMicros } from '../time.ts';
import { DeadlineTimer } from './deadline-timer.ts';
import { type Log, openLog } from './log.ts';

export interface DaemonOptions {
  /** -D */
  readonly detail: boolean;
  /** --events */
  readonly events: string | undefined;
}

/** What the parent tells a new child. */
export interface ChildOrder extends DaemonOptions {
  readonly config: DaemonConfig;
}

/** Exit codes as keepalived's: 2 for a bad configuration, 6 for none. */
const EXIT_CONFIG = 2;
const EXIT_NO_CONFIG = 6;

interface Loaded {
  readonly config: DaemonConfig | undefined;
  readonly issues: readonly SourceIssue[];
  readonly missing: boolean;
}

function load(file: string): Loaded {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const message = `the configuration cannot be read: ${messageOf(error)}`;
    return {
      config: undefined,
      issues: [{ file, line: 1, column: 1, severity: 'error', message }],
      missing: true,
    };
  }
  const { config, issues } = parseConfig(text, file);
  const failed = issues.some(({ severity }) => severity === 'error');
  return { config: failed ? undefined : config, issues, missing: false };
}

function tell(issues: readonly SourceIssue[]): void {
  for (const issue of issues) process.stderr.write(`${formatIssue(issue)}\n`);
}

/** `-t`: 0 good, 4 cannot run (a missing file too), 5 runs, with warnings. */
export function testConfig(file: string): number {
  const { config, issues } = load(file);
  tell(issues);
  if (config === undefined) return 4;
  return issues.length > 0 ? 5 : 0;
}

/** Checks the configuration, then leaves a copy of this process in the background. */
export function daemonize(file: string, argv: readonly string[]): number {
  const { config, issues, missing } = load(file);
  if (config === undefined) {
    tell(issues);
    return missing ? EXIT_NO_CONFIG : EXIT_CONFIG;
  }
  const child = spawn(process.execPath, [...argv.slice(1), '-n'], {
    detached: true,
    stdio: 'ignore',
  });
  child.unref();
  return 0;
}

export function runParent(file: string, options: DaemonOptions): void {
  const log = openLog('halabd', options.detail);
  const { config, issues, missing } = load(file);
  tell(issues);
  if (config === undefined) {
    process.exitCode = missing ? EXIT_NO_CONFIG : EXIT_CONFIG;
    return;
  }
  new Parent({ ...options, config }, log).start();
}

class Parent {
  private readonly order: ChildOrder;
  private readonly log: Log;
  private readonly supervisor = createSupervisor();
  private readonly timer: DeadlineTimer;
  private child: ChildProcess | undefined;

  constructor(order: ChildOrder, log: Log) {
    this.order = order;
    this.log = log;
    this.timer = new DeadlineTimer(
      () => this.supervisor.deadline,
      () => this.input({ kind: 'wake' }),
    );
  }

  start(): void {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => this.input({ kind: 'stop' }));
    process.on('SIGHUP', () =>
      this.log.error(
        'SIGHUP: reloading is not supported, restart halabd to change its configuration',
      ),
    );
    this.input({ kind: 'startup' });
  }

  private input(input: SupervisorInput): void {
    stepSupervisor(this.supervisor, input, monotonicNow(), (effect) => this.perform(effect));
    this.timer.arm();
  }

  private perform(effect: SupervisorEffect): void {
    switch (effect.kind) {
      case 'start':
        this.fork();
        return;
      case 'signal':
        this.child?.kill(effect.signal);
        return;
      case 'restart-in':
        this.log.error(
          `the vrrp child died; it is started again ${effect.delay === 0 ? 'at once' : `in ${formatMicros(effect.delay)}`}`,
        );
        return;
      case 'end':
        this.timer.stop();
        process.exit(effect.code);
    }
  }

  private fork(): void {
    const path = fileURLToPath(new URL('./vrrp-child.js', import.meta.url));
    const child = fork(path, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.child = child;
    child.on('error', (error) => this.log.error(`vrrp child: ${error.message}`));
    child.once('exit', (code) => this.input({ kind: 'exited', code: code ?? undefined }));
    child.send(this.order, () => {});
  }
}
