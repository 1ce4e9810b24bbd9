/**
 * A child process with fewer capabilities than its parent: started with an order, started again when it dies, asked
 * for its status and stopped. The pure supervisor decides; this class applies its decisions to the process, through a
 * thread (`confined-thread.ts`).
 */
import { Worker } from 'node:worker_threads';
import {
  createSupervisor,
  type SupervisorEffect,
  type SupervisorInput,
  stepSupervisor,
} from '../../engine/core/supervisor.ts';
import { HalabError } from '../../errors.ts';
import type { Capability } from '../../linux/capabilities.ts';
import { monotonicNow } from '../../linux/clock.ts';
import { builtProgram } from '../../package-root.ts';
import { formatMicros, type Instant, type Micros } from '../../time.ts';
import type { Log } from '../log.ts';
import { type PidPath, takePid } from '../place.ts';
import { DeadlineTimer } from '../vrrp/deadline-timer.ts';
import type { ThreadOrder, ThreadReport, ThreadTask } from './confined-thread.ts';
import type { Release } from './pid-file.ts';

export interface ChildSpec<Message extends { readonly kind: string }> {
  /** For people: `vrrp child`. */
  readonly name: string;
  readonly program: string;
  /** Capabilities that it keeps, read at every start. */
  readonly capabilities: () => readonly Capability[];
  /** Passed to the child, where they begin at 4. */
  readonly descriptors: readonly number[];
  readonly pidFile: PidPath;
  /** keepalived `child_wait_time`. */
  readonly patience: Micros;
  /** -R turns it off. */
  readonly respawn: boolean;
  /** Whether an orderly end removes what a killed predecessor has left. */
  readonly tidy: boolean;
  /** The first message to a new process; `diedAt`: when its predecessor died. */
  readonly order: (diedAt: Instant | undefined) => object;
  /** Called after the order was sent. */
  readonly started: () => void;
  readonly onMessage: (message: Message) => void;
  /** Called when it has ended for good. */
  readonly ended: (code: number) => void;
}

/** How long an answer may take. */
const ANSWER_MS = 1_000;

export class SupervisedChild<Message extends { readonly kind: string; readonly id?: number }> {
  private readonly spec: ChildSpec<Message>;
  private readonly log: Log;
  private readonly supervisor: ReturnType<typeof createSupervisor>;
  private readonly timer: DeadlineTimer;
  private thread: { readonly worker: Worker; readonly capabilities: string } | undefined;
  private running = false;
  private capabilities: readonly Capability[] = [];
  pid: number | undefined;
  private releasePid: Release | undefined;
  private diedAt: Instant | undefined;
  private questions = 0;
  private readonly waiting = new Map<number, (answer: Message | undefined) => void>();
  restarts = 0;

  constructor(spec: ChildSpec<Message>, log: Log) {
    this.spec = spec;
    this.log = log;
    this.supervisor = createSupervisor(spec.patience, spec.respawn);
    this.timer = new DeadlineTimer(
      () => this.supervisor.deadline,
      () => this.input({ kind: 'wake' }),
    );
  }

  /** Starts the thread of the child. Call it ahead of `start`: it takes a while. */
  prepare(capabilities: readonly Capability[] = this.spec.capabilities()): void {
    const wanted = capabilities.join();
    if (this.thread?.capabilities === wanted) return;
    void this.thread?.worker.terminate();
    const workerData: ThreadTask = { program: this.spec.program, capabilities };
    const worker = new Worker(builtProgram('daemon/process/confined-thread.js'), { workerData });
    worker.on('message', (report: ThreadReport) => this.onReport(report));
    worker.on('error', (error) => {
      this.thread = undefined;
      this.onReport({ kind: 'problem', problem: error.message });
      this.onReport({ kind: 'exited', code: undefined });
    });
    this.thread = { worker, capabilities: wanted };
  }

  /** Capabilities that the configuration needs now and the running process has dropped. */
  missingCapabilities(): Capability[] {
    return this.running
      ? this.spec.capabilities().filter((name) => !this.capabilities.includes(name))
      : [];
  }

  start(): void {
    this.input({ kind: 'startup' });
  }

  /** `ended` is called afterwards, at once if the child does not run. */
  stop(): void {
    if (this.supervisor.phase === 'ended') this.spec.ended(0);
    else this.input({ kind: 'stop', tidy: this.spec.tidy });
  }

  send(message: object): void {
    if (this.running) this.command({ kind: 'say', message });
  }

  /** The answer to `{ kind: 'status', id }`; undefined: none came. */
  ask(): Promise<Message | undefined> {
    const id = ++this.questions;
    return new Promise((resolve) => {
      const answer = (message: Message | undefined): void => {
        clearTimeout(timer);
        this.waiting.delete(id);
        resolve(message);
      };
      const timer = setTimeout(() => answer(undefined), ANSWER_MS);
      this.waiting.set(id, answer);
      this.send({ kind: 'status', id });
    });
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
      case 'leave':
        this.send({ kind: 'leave' });
        return;
      case 'kill':
        this.command({ kind: 'signal', signal: 'SIGKILL' });
        return;
      case 'restart-in': {
        this.restarts++;
        const when = effect.delay === 0 ? 'at once' : `in ${formatMicros(effect.delay)}`;
        this.log.error(`the ${this.spec.name} died; it is started again ${when}`);
        return;
      }
      case 'end':
        this.timer.stop();
        this.spec.ended(effect.code);
    }
  }

  private fork(): void {
    const { capabilities, descriptors, order, started } = this.spec;
    this.capabilities = capabilities();
    this.prepare(this.capabilities);
    this.command({ kind: 'start', descriptors });
    this.running = true;
    this.send(order(this.diedAt));
    started();
  }

  private command(order: ThreadOrder): void {
    this.thread?.worker.postMessage(order);
  }

  private onReport(report: ThreadReport): void {
    const { name } = this.spec;
    switch (report.kind) {
      case 'started':
        this.pid = report.pid;
        this.releasePid = report.pid === undefined ? undefined : this.notePid(report.pid);
        return;
      case 'heard':
        this.onMessage(report.message as Message);
        return;
      case 'exited':
        this.exited(report.code);
        return;
      case 'unreadable':
        this.log.info(
          `the ${name} keeps DAC_READ_SEARCH: without it it cannot read ${report.file}`,
        );
        return;
      case 'problem':
        this.log.error(`${name}: ${report.problem}`);
    }
  }

  private exited(code: number | undefined): void {
    this.diedAt = monotonicNow();
    this.running = false;
    this.pid = undefined;
    this.releasePid?.();
    this.releasePid = undefined;
    this.input({ kind: 'exited', code });
  }

  private onMessage(message: Message): void {
    const waiting = message.id === undefined ? undefined : this.waiting.get(message.id);
    if (waiting === undefined) this.spec.onMessage(message);
    else waiting(message);
  }

  private notePid(pid: number): Release | undefined {
    try {
      return takePid(this.spec.pidFile, this.log, pid);
    } catch (error) {
      if (!(error instanceof HalabError)) throw error;
      this.log.error(error.message);
      return undefined;
    }
  }
}
