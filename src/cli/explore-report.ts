/** The output of `halab explore`: the progress line, the summary, and the result as JSON for CI and `npm run mutants`. */
import type { Violation } from '../assert/protocol/monitor.ts';
import type { CampaignResult, Progress } from '../explore/campaign.ts';
import { NEEDED_CASES } from '../explore/classes.ts';
import { printableJson } from '../printable.ts';

const HOUR = 3_600_000_000;
const YEAR = 8766 * HOUR;

export function progressLine(now: Progress): string {
  const reached = Object.values(now.counts).filter((count) => count > 0).length;
  const all = Object.keys(now.counts).length;
  return `${size(now.cases)} cases, ${rate(now.cases, now)}/s, ${simulated(now.simulated)} simulated, ${reached} of ${all} classes`;
}

export function summaryLines(result: CampaignResult, missing: readonly string[]): string[] {
  const { counts } = result;
  const widest = Math.max(...Object.keys(counts).map((name) => name.length));
  const classes = Object.entries(counts).map(
    ([name, count]) => `  ${name.padEnd(widest)}  ${size(count)}`,
  );
  const head =
    result.failure === undefined ? (result.interrupted ? 'interrupted' : 'no violation') : 'FAILED';
  const lines = [
    `${head}: ${size(result.cases)} cases in ${result.seconds.toFixed(1)} s (${rate(result.cases, result)}/s), ${size(result.events)} events (${rate(result.events, result)}/s), ${size(result.elections)} elections, ${simulated(result.simulated)} simulated`,
    'what came about:',
    ...classes,
  ];
  if (missing.length > 0)
    lines.push(
      `FAILED: never reached in ${NEEDED_CASES} cases or more: ${missing.join(', ')}; what was not tried was not tested`,
    );
  return lines;
}

function rate(count: number, { seconds }: Progress): string {
  return size(Math.round(count / Math.max(seconds, 1e-3)));
}

/** `12 345`, `3.4 M`. */
function size(count: number): string {
  if (count >= 10_000_000) return `${(count / 1e6).toPrecision(3)} M`;
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}

function simulated(micros: number): string {
  return micros >= YEAR
    ? `${(micros / YEAR).toPrecision(3)} cluster years`
    : `${(micros / HOUR).toPrecision(3)} cluster hours`;
}

export interface FoundViolation extends Violation {
  /** The story; undefined: the case was not shrunk. */
  readonly file: string | undefined;
  /** Index of the case in the campaign. */
  readonly case: number;
}

export function exploreJson(
  seed: number,
  result: CampaignResult,
  missing: readonly string[],
  violations: readonly FoundViolation[],
): string {
  const { cases, events, elections, seconds, counts, failure } = result;
  const whole = {
    schema: 1,
    ok: failure === undefined && missing.length === 0,
    seed,
    cases,
    events,
    elections,
    seconds: Number(seconds.toFixed(3)),
    violations,
    bug: failure?.bug,
    coverage: counts,
    missing,
  };
  return `${printableJson(whole, 2)}\n`;
}
