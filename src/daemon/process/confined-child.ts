/**
 * A child with fewer capabilities than its parent. It is started and signalled, and messages pass, through a thread
 * (`confined-thread.ts`) that outlives the child, so that its successor starts as fast.
 */
import { Worker } from 'node:worker_threads';
import type { Capability } from '../../linux/capabilities.ts';
import { builtProgram } from '../../package-root.ts';

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

export class ConfinedChild {
  private readonly program: string;
  private readonly onReport: (report: ThreadReport) => void;
  private thread: { readonly worker: Worker; readonly capabilities: string } | undefined;

  constructor(program: string, onReport: (report: ThreadReport) => void) {
    this.program = program;
    this.onReport = onReport;
  }

  /** Starts the thread ahead of the child: it takes a while. */
  prepare(capabilities: readonly Capability[]): void {
    const wanted = capabilities.join();
    if (this.thread?.capabilities === wanted) return;
    void this.thread?.worker.terminate();
    const { program } = this;
    const workerData: ThreadTask = { program, capabilities };
    const worker = new Worker(builtProgram('daemon/process/confined-thread.js'), {
      workerData,
    });
    worker.on('message', (report: ThreadReport) => this.onReport(report));
    worker.on('error', (error) => {
      this.thread = undefined;
      this.onReport({ kind: 'problem', problem: error.message });
      this.onReport({ kind: 'exited', code: undefined });
    });
    this.thread = { worker, capabilities: wanted };
  }

  start(capabilities: readonly Capability[], descriptors: readonly number[]): void {
    this.prepare(capabilities);
    this.order({ kind: 'start', descriptors });
  }

  send(message: object): void {
    this.order({ kind: 'say', message });
  }

  signal(signal: NodeJS.Signals): void {
    this.order({ kind: 'signal', signal });
  }

  private order(order: ThreadOrder): void {
    this.thread?.worker.postMessage(order);
  }
}
