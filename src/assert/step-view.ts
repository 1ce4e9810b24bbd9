/** What a barrier is judged by, and how the judgement says when to look again. */
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
  /** When this barrier began to be waited for: what is counted over some time is counted from here. */
  readonly barrierFrom: Instant;
  /** The last fault or heal before now, or the start of the repeat. */
  readonly since: Instant;
}

/** `retryAt`: when it may come true by the mere passing of time. */
export type StepJudgement = Judgement & { readonly retryAt?: Instant };

/** What the tap has seen is known this much later at the latest. */
export const TAP_DELAY = milliseconds(700);
/** How long a drained server must stay alone. */
export const DRAINED_FOR = seconds(1);
/** The last answers of a window are waited for this long. */
export const LAST_ANSWERS = milliseconds(300);
