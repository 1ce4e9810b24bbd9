/**
 * Starts a child from a thread that has dropped the capabilities which the child must not have. Capabilities belong to
 * threads, and a new process gets those of the thread that started it; a process that drops them itself is too late,
 * because its other threads run already. Runs in a thread of the parent (`supervised-child.ts`) and forwards messages;
 * the thread outlives the child, so that its successor starts as fast.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../errors.ts';
import { type Capability, keepOnly, unreadableWith } from '../../linux/capabilities.ts';
import { nativeFiles } from '../../linux/native.ts';
import { ownEnvironment, ownOptions } from './own-node.ts';

export interface ThreadTask {
  /** Path of the child's program. */
  readonly program: string;
  readonly capabilities: readonly Capability[];
}

export type ThreadOrder =
  /** `descriptors` are the child's from 4 on. */
  | { readonly kind: 'start'; readonly descriptors: readonly number[] }
  | { readonly kind: 'say'; readonly message: object }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals };

export type ThreadReport =
  | { readonly kind: 'started'; readonly pid: number | undefined }
  | { readonly kind: 'heard'; readonly message: unknown }
  | { readonly kind: 'exited'; readonly code: number | undefined }
  /** Only its owner may read this file of the program: the child keeps DAC_READ_SEARCH. */
  | { readonly kind: 'unreadable'; readonly file: string }
  | { readonly kind: 'problem'; readonly problem: string };

const { program, capabilities } = workerData as ThreadTask;
let child: ChildProcess | undefined;

confine();
parentPort?.on('message', (order: ThreadOrder) => obey(order));

function report(what: ThreadReport): void {
  parentPort?.postMessage(what);
}

/** A program in a home folder may be readable only by its owner and by processes with DAC_READ_SEARCH. */
function confine(): void {
  try {
    const files = [process.execPath, program, ...nativeFiles()];
    const [unreadable] = unreadableWith(capabilities, files);
    if (unreadable !== undefined) report({ kind: 'unreadable', file: unreadable });
    const more: Capability[] = unreadable === undefined ? [] : ['DAC_READ_SEARCH'];
    const problem = keepOnly([...capabilities, ...more]);
    if (problem !== undefined) report({ kind: 'problem', problem });
  } catch (error) {
    report({ kind: 'problem', problem: messageOf(error) });
  }
}

function obey(order: ThreadOrder): void {
  switch (order.kind) {
    case 'start':
      start(order.descriptors);
      return;
    case 'say':
      if (child?.connected === true) child.send(order.message, () => {});
      return;
    case 'signal':
      child?.kill(order.signal);
  }
}

function start(descriptors: readonly number[]): void {
  const started = fork(program, [], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...descriptors],
    execArgv: ownOptions(),
    env: ownEnvironment(),
  });
  child = started;
  report({ kind: 'started', pid: started.pid });
  started.on('error', (error) => {
    report({ kind: 'problem', problem: error.message });
    if (started.pid === undefined) report({ kind: 'exited', code: undefined });
  });
  started.on('message', (message) => report({ kind: 'heard', message }));
  started.once('exit', (code) => report({ kind: 'exited', code: code ?? undefined }));
}
