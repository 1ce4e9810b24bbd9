/**
 * Whether a measurement can be trusted: a capture that lost frames, or a machine so busy that idle
 * nodes noticed, makes a run inconclusive. It is never called a pass, nor a failure of the cluster.
 */
import type { Verdict } from '../assert/verdict.ts';
import type { Timeline } from '../observe/timeline.ts';
import { formatMicros, micros, milliseconds } from '../time.ts';
import type { RepeatResult, Status } from './result.ts';

/** Noise above this part of a bound, or of this length whatever the bound, makes a narrow miss inconclusive. */
const NOISE_SHARE = 0.2;
/** Idle nodes on a quiet machine stray by less: the slack of a bound of seconds is no more than this, either. */
const BUSY = milliseconds(30);

export interface Trust {
  readonly status: Status;
  readonly reason: string | undefined;
}

export function trustOf(
  status: Status,
  timelines: readonly Timeline[],
  repeats: readonly RepeatResult[],
  verdicts: readonly Verdict[],
): Trust {
  const drops = timelines.reduce((sum, timeline) => sum + timeline.captureDrops(), 0);
  if (drops > 0) return { status: 'inconclusive', reason: `the capture lost ${drops} frames` };
  const failed = verdicts.filter(({ ok, inconclusive }) => !ok && inconclusive !== true);
  const noise = Math.max(0, ...repeats.map((repeat) => repeat.noise ?? 0));
  if (status === 'failed' && failed.every((verdict) => drowned(verdict, noise))) {
    const text = formatMicros(micros(noise));
    return {
      status: 'inconclusive',
      reason: `the machine was too busy: a probe between idle nodes strayed by ${text}`,
    };
  }
  if (status === 'inconclusive') {
    const first = verdicts.find(({ inconclusive }) => inconclusive === true);
    return { status, reason: first?.because ?? 'the lab did not settle' };
  }
  return { status, reason: undefined };
}

/** A bound on a time, missed by no more than the noise of a machine that was busy. */
function drowned({ measured, bound }: Verdict, noise: number): boolean {
  if (measured?.kind !== 'time' || bound?.kind !== 'time') return false;
  const busy = noise > Math.min(NOISE_SHARE * bound.value, BUSY);
  return busy && measured.value - bound.value <= noise;
}
