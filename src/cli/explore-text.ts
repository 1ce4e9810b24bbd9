/** The progress line and the summary of `halab explore`. */
import type { CampaignResult, Progress } from '../explore/campaign.ts';
import { NEEDED_CASES } from '../explore/classes.ts';

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
