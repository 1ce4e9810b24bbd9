/**
 * A run in Docker, recorded by record-crash.mjs and replayed in virtual time: every event at the moment at
 * which the runner received it, and the recorded result of each fault.
 */
import { readFileSync } from 'node:fs';
import type { FaultOrder } from '../../src/fault/faults.ts';
import type { Injection, InjectResult, Lab, LabClock, LabPlan } from '../../src/lab/lab.ts';
import type { LabEvent } from '../../src/observe/event.ts';
import { type Instant, instant } from '../../src/time.ts';

interface Line {
  /** The time at which the runner received it. */
  readonly t: Instant;
  readonly event?: LabEvent;
  /** The lab was up. */
  readonly up?: true;
  readonly outcome?: InjectResult & { readonly id: string };
}

export interface Recording {
  /** As YAML. */
  readonly topology: string;
  readonly lines: readonly Line[];
}

export function readRecording(file: string): Recording {
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  const { topology } = JSON.parse(head) as { topology: string };
  return { topology, lines: lines.map((line) => JSON.parse(line) as Line) };
}

export class RecordedLab implements Lab {
  readonly backend = 'docker';
  readonly clock: LabClock;
  private readonly recording: Recording;
  private plan: LabPlan | undefined;
  private next = 0;
  private time: Instant;

  constructor(recording: Recording) {
    this.recording = recording;
    this.time = recording.lines[0]?.t ?? instant(0);
    this.clock = {
      now: () => this.time,
      runUntil: (deadline, done = () => false) => Promise.resolve(this.runUntil(deadline, done)),
    };
  }

  up(plan: LabPlan): Promise<void> {
    this.plan = plan;
    const up = this.recording.lines.find((line) => line.up === true);
    if (up !== undefined) this.runUntil(up.t, () => false);
    return Promise.resolve();
  }

  inject({ id }: FaultOrder): Injection {
    const line = this.recording.lines.find(({ outcome }) => outcome?.id === id);
    return {
      outcome: () => (line !== undefined && this.time >= line.t ? line.outcome : undefined),
    };
  }

  heal(): Promise<void> {
    return Promise.resolve();
  }

  down(): Promise<void> {
    return Promise.resolve();
  }

  environment(): Readonly<Record<string, string>> {
    return { world: 'recorded' };
  }

  engines(): Record<string, never> {
    return {};
  }

  private runUntil(deadline: Instant, done: () => boolean): boolean {
    if (done()) return true;
    for (;;) {
      const line = this.recording.lines[this.next];
      if (line === undefined || line.t > deadline) break;
      this.next++;
      if (line.t > this.time) this.time = line.t;
      if (line.event !== undefined) this.plan?.onEvent(line.event);
      if (done()) return true;
    }
    if (deadline > this.time) this.time = deadline;
    return done();
  }
}
