/** The view of a barrier, and when to judge it again. */
import type { Timeline } from '../observe/timeline.ts';
import { type Instant, milliseconds, seconds } from '../time.ts';
import type { Topology } from '../topology/topology.ts';
import type { Judgement } from './verdict.ts';

export interface StepView {
  readonly timeline: Timeline;
  readonly topology: Topology;
  readonly now: Instant;
  /** When the step began. */
  readonly stepFrom: Instant;
  /** When the runner began to wait for this barrier: counts over some time begin here. */
  readonly barrierFrom: Instant;
  /** The last fault or heal before now, or the start of the repeat. */
  readonly since: Instant;
}

/** `retryAt`: when the passing of time alone may make it true. */
export type StepJudgement = Judgement & { readonly retryAt?: Instant };

/** Frames reach the runner at most this long after the tap saw them. */
export const TAP_DELAY = milliseconds(700);
/** How long a drained server must stay alone. */
export const DRAINED_FOR = seconds(1);
/** How long the last answers of a window may take. */
export const LAST_ANSWERS = milliseconds(300);
