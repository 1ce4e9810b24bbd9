/**
 * The report for people: a line per repeat, a line per expectation, and for a failure the YAML line,
 * what was measured, what was allowed and the events that prove it. On a terminal the current step is
 * shown live; elsewhere nothing is ever overwritten.
 */
import { formatQuantity, type Verdict } from '../assert/verdict.ts';
import { formatIssue } from '../errors.ts';
import type { RunListener } from '../run/listener.ts';
import type { RepeatResult, RunResult, ScenarioResult } from '../run/result.ts';
import type { Status } from '../run/status.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { formatMicros, type Micros } from '../time.ts';
import { eventLine } from './event-line.ts';

export interface Terminal {
  write(text: string): void;
  /** Lines may be overwritten. */
  readonly live: boolean;
  readonly colour: boolean;
}

export function listReporter(terminal: Terminal): RunListener {
  const screen = new Screen(terminal);
  return {
    onStart: ({ backend, reason, seed }) =>
      screen.line(`halab · ${backend} (${reason}) · seed ${seed}`),
    onScenario: (scenario) => screen.line(`\n${title(scenario)}`),
    onProgress: (message) => screen.line(`  ${message}`),
    onStep: (scenario, repeat, step) =>
      screen.passing(`  repeat ${repeat}/${scenario.repeat.count}: ${step} ...`),
    onRepeat: (_scenario, repeat) => screen.line(repeatLine(repeat)),
    onScenarioEnd: (scenario, result) => screen.line(scenarioEnd(scenario, result, screen)),
    onEnd: (result) => screen.line(summary(result, screen)),
  };
}

class Screen {
  private readonly terminal: Terminal;
  private passingShown = false;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
  }

  line(text: string): void {
    this.clear();
    this.terminal.write(`${text}\n`);
  }

  /** Shown until the next line; nothing where lines cannot be overwritten. */
  passing(text: string): void {
    if (!this.terminal.live) return;
    this.clear();
    this.terminal.write(text);
    this.passingShown = true;
  }

  status(status: Status): string {
    const word = status === 'passed' ? 'PASS' : status === 'failed' ? 'FAIL' : status.toUpperCase();
    const colour = status === 'passed' ? 32 : status === 'failed' ? 31 : 33;
    return this.terminal.colour ? `\u001b[${colour}m${word}\u001b[0m` : word;
  }

  private clear(): void {
    if (this.passingShown) this.terminal.write('\r\u001b[K');
    this.passingShown = false;
  }
}

function title(scenario: Scenario): string {
  const cell = Object.entries(scenario.cell).map(([key, value]) => `${key}=${value}`);
  return [scenario.name, ...cell].join(' ');
}

function repeatLine({ index, status, metrics, faults }: RepeatResult): string {
  const times = [
    ['detection', metrics.detection],
    ['outage', metrics.outage],
    ['convergence', metrics.convergence],
    ['overhead', metrics.overhead],
    ['dual master', metrics.dualMaster],
  ] as const;
  const seen = times.flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${formatMicros(value)}`],
  );
  const mark = status === 'passed' ? 'ok' : status;
  const what = faults.map(({ fault }) => fault).join(', ');
  return `  repeat ${index}  ${mark}  ${[what, ...seen].filter((one) => one !== '').join('  ')}`;
}

function scenarioEnd(scenario: Scenario, result: ScenarioResult, screen: Screen): string {
  const lines = result.warnings.map((issue) => `  ${formatIssue(issue)}`);
  for (const verdict of result.verdicts) {
    const mark = verdict.ok ? 'ok    ' : 'FAILED';
    lines.push(`  ${mark}  ${verdict.because}`);
  }
  for (const { where, text, reason } of result.skipped)
    lines.push(`  skipped  ${where.line}:${where.column}  ${text}: ${reason}`);
  const took = formatMicros(result.elapsed);
  lines.push(
    `${screen.status(result.status)} ${title(scenario)}  (${result.repeats.length} of ${scenario.repeat.count} repeats, ${took})`,
  );
  if (result.reason !== undefined) lines.push(`  ${result.reason}`);
  lines.push(...failures(result));
  if (result.evidence !== undefined) lines.push(`  evidence   ${result.evidence}`);
  if (result.evidence !== undefined) lines.push(`  reproduce  ${result.reproduce}`);
  return lines.join('\n');
}

function failures(result: ScenarioResult): string[] {
  const ofRepeats = result.repeats.flatMap(({ index, verdicts }) =>
    verdicts.filter(({ ok }) => !ok).map((one) => failure(one, index)),
  );
  return [
    ...ofRepeats,
    ...result.verdicts.filter(({ ok }) => !ok).map((one) => failure(one, undefined)),
  ].flat();
}

function failure(verdict: Verdict, repeat: number | undefined): string[] {
  const { where, text, step, measured, bound, because, evidence } = verdict;
  const place = [
    step === undefined ? '' : `step "${step}"`,
    repeat === undefined ? '' : `repeat ${repeat}`,
  ].filter((one) => one !== '');
  const zero = evidence.find(({ kind }) => kind === 'fault')?.at ?? evidence[0]?.at;
  return [
    `  ${where.file}:${where.line}:${where.column}  ${text}${place.length > 0 ? `  (${place.join(', ')})` : ''}`,
    `    measured  ${formatQuantity(measured)}`,
    `    allowed   ${formatQuantity(bound)}`,
    `    because   ${because}`,
    ...(zero === undefined
      ? []
      : [
          '    events    (seconds from the fault)',
          ...evidence.map((event) => `      ${eventLine(event, zero)}`),
        ]),
  ];
}

function summary(result: RunResult, screen: Screen): string {
  const counts = new Map<Status, number>();
  for (const { status } of result.scenarios) counts.set(status, (counts.get(status) ?? 0) + 1);
  const words = [...counts].map(([status, count]) => `${count} ${status}`);
  const total = result.scenarios.reduce((sum, { elapsed }) => sum + elapsed, 0) as Micros;
  const worst: Status = counts.has('failed')
    ? 'failed'
    : counts.has('inconclusive')
      ? 'inconclusive'
      : 'passed';
  return `\n${screen.status(worst)}  ${words.join(', ') || 'nothing to run'}  in ${result.backend} (${formatMicros(total)})`;
}
