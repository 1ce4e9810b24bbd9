/**
 * The life of a simulated process, for both simulators: it starts, is paused (SIGSTOP) and resumed (SIGCONT), is
 * terminated (SIGTERM) or killed (SIGKILL), and may start again. Input is queued while it is paused.
 */
import type { Instant } from '../time.ts';

export type Life = 'dead' | 'running' | 'paused';

/** Packets that the socket of a paused process holds; more are lost. */
const SOCKET_BUFFER = 1_000;

/** Reactions of a program to changes of its process. */
export interface Program<Input> {
  /** Handles an input that was queued during a pause. */
  handle(at: Instant, input: Input): void;
  /** Looks at its timers after a pause. */
  wake(at: Instant): void;
  /** Handles SIGTERM; `exited` follows at once. */
  shutdown(at: Instant): void;
  /** The process ended. `signal`: the signal that killed it. */
  exited(at: Instant, signal: 'SIGKILL' | undefined): void;
}

export class ProcessLife<Input> {
  life: Life = 'dead';
  /** Grows with every start: pending work of an earlier process is void. */
  starts = 0;
  /** SIGTERM came during the pause. */
  terminated = false;
  private queue: Input[] = [];
  private readonly program: Program<Input>;

  constructor(program: Program<Input>) {
    this.program = program;
  }

  start(): void {
    this.life = 'running';
    this.starts++;
    this.terminated = false;
    this.queue = [];
  }

  /** SIGSTOP. False: it does not run. */
  pause(): boolean {
    if (this.life !== 'running') return false;
    this.life = 'paused';
    return true;
  }

  /** SIGCONT: the queue first, then the timers, then a SIGTERM that came meanwhile. Whether that ended it. */
  resume(at: Instant): boolean {
    if (this.life !== 'paused') return false;
    this.life = 'running';
    const { queue } = this;
    this.queue = [];
    for (const input of queue) this.program.handle(at, input);
    this.program.wake(at);
    return this.terminated && this.terminate(at);
  }

  /** SIGTERM. Whether the process is gone: a paused one receives the signal when it resumes. */
  terminate(at: Instant): boolean {
    this.terminated = this.life === 'paused';
    if (this.terminated) return false;
    if (this.life === 'running') {
      this.program.shutdown(at);
      this.end(at, undefined);
    }
    return true;
  }

  /** SIGKILL. False: there is no process. */
  kill(at: Instant): boolean {
    if (this.life === 'dead') return false;
    this.end(at, 'SIGKILL');
    return true;
  }

  /** The machine lost power: the exit is not observed. */
  vanish(): void {
    this.life = 'dead';
  }

  /** An input that is never lost: true if it waits for the process to resume. */
  queues(input: Input): boolean {
    if (this.life !== 'paused') return false;
    this.queue.push(input);
    return true;
  }

  /** A packet: true if it waits in the socket of the paused process. */
  queuesPacket(packet: Input): boolean {
    return this.queue.length < SOCKET_BUFFER && this.queues(packet);
  }

  private end(at: Instant, signal: 'SIGKILL' | undefined): void {
    this.life = 'dead';
    this.terminated = false;
    this.program.exited(at, signal);
  }
}
