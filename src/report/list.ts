/**
 * The report for people: a line per repeat, a line per expectation, and for a failure the YAML line,
 * the measurement, the limit and the events that prove it. On a terminal the current step is
 * shown live; elsewhere nothing is ever overwritten.
 */
import { formatQuantity, type Verdict } from '../assert/verdict.ts';
import { EXIT } from '../errors.ts';
import { buildText } from '../observe/engine-build.ts';
import { printable } from '../printable.ts';
import type { RunListener } from '../run/listener.ts';
import {
  exitCodeOf,
  type RepeatResult,
  type RunResult,
  type ScenarioResult,
  titleOf,
} from '../run/result.ts';
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
  const screen = screenOn(terminal);
  return {
    onStart: ({ backend, reason, seed }) =>
      screen.start(backend, `halab · ${backend} (${reason}) · seed ${seed}`),
    onScenario: (scenario) => screen.lines('', titleOf(scenario)),
    onProgress: (message) => screen.lines(`  ${message}`),
    onStep: (scenario, repeat, step) =>
      screen.passing(`  repeat ${repeat}/${scenario.repeat.count}: ${step} ...`),
    onRepeat: (_scenario, repeat) => screen.lines(repeatLine(repeat)),
    onScenarioEnd: (scenario, result) => scenarioEnd(scenario, result, screen),
    onEnd: (result) => summary(result, screen),
  };
}

type Headline =
  | 'PASS'
  | 'FAIL'
  | 'INCONCLUSIVE'
  | 'SKIPPED'
  | 'ERROR'
  | 'NOTHING RUN'
  | 'INTERRUPTED';
const COLOURS: Readonly<Partial<Record<Headline, number>>> = { PASS: 32, FAIL: 31, ERROR: 31 };

type Screen = ReturnType<typeof screenOn>;

function screenOn({ write, live, colour }: Terminal) {
  let passingShown = false;
  let virtual = false;
  const clear = (): void => {
    if (passingShown) write('\r\u001b[K');
    passingShown = false;
  };
  /** Each on one line with any content. */
  const lines = (...texts: string[]): void => {
    clear();
    write(texts.map((text) => `${printable(text)}\n`).join(''));
  };
  return {
    lines,
    start: (backend: string, text: string): void => {
      virtual = backend === 'sim';
      lines(text);
    },
    /** A word that stands out, and the rest of its line. */
    headline: (word: Headline, text: string): void => {
      clear();
      const shown = colour ? `\u001b[${COLOURS[word] ?? 33}m${word}\u001b[0m` : word;
      write(`${shown} ${printable(text)}\n`);
    },
    /** On the lab's clock. */
    time: (length: Micros) => `${formatMicros(length)}${virtual ? ' of virtual time' : ''}`,
    /** Shown until the next line; nothing where lines cannot be overwritten. */
    passing: (text: string): void => {
      if (!live) return;
      clear();
      write(printable(text));
      passingShown = true;
    },
  };
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
  return `  repeat ${index}  ${mark}  ${[what, ...seen].filter((part) => part !== '').join('  ')}`;
}

const OF_STATUS: Readonly<Record<Status, Headline>> = {
  passed: 'PASS',
  failed: 'FAIL',
  inconclusive: 'INCONCLUSIVE',
  skipped: 'SKIPPED',
};

function scenarioEnd(scenario: Scenario, result: ScenarioResult, screen: Screen): void {
  const lines = result.warnings.flatMap(({ file, line, column, message, hint }) => [
    `  ${file}:${line}:${column}: warning: ${message}`,
    ...(hint === undefined ? [] : [`      ${hint}`]),
  ]);
  for (const { ok, because } of result.verdicts)
    lines.push(`  ${ok ? 'ok    ' : 'FAILED'}  ${because}`);
  for (const { where, text, reason } of result.skipped)
    lines.push(`  skipped  ${where.line}:${where.column}  ${text}: ${reason}`);
  screen.lines(...lines);
  screen.headline(
    result.error === undefined || result.status === 'failed' ? OF_STATUS[result.status] : 'ERROR',
    `${titleOf(scenario)}  (${result.repeats.length} of ${scenario.repeat.count} repeats, ${screen.time(result.elapsed)})`,
  );
  const { error, unjudged, evidence, evidenceLost, reproduce } = result;
  const reason = error?.reason ?? result.reason;
  screen.lines(
    ...enginesLine(result),
    ...(reason === undefined ? [] : reason.split('\n').map((line) => `  ${line}`)),
    ...(unjudged === undefined ? [] : [`  ${unjudged}`]),
    ...failures(result),
    ...(evidenceLost === undefined ? [] : [`  evidence   lost: ${evidenceLost}`]),
    ...(evidence === undefined ? [] : [`  evidence   ${evidence}`, `  reproduce  ${reproduce}`]),
  );
}

/** Which builds ran; halab's own is this program. */
function enginesLine({ engines = {} }: ScenarioResult): string[] {
  const foreign = Object.entries(engines).filter(([, { engine }]) => engine !== 'halab');
  const texts = foreign.map(([node, build]) => `${node}: ${buildText(build)}`);
  return texts.length === 0 ? [] : [`  engines  ${texts.join(', ')}`];
}

function failures({ repeats, verdicts }: ScenarioResult): string[] {
  return [...repeats, { index: undefined, verdicts }].flatMap((judged) =>
    judged.verdicts.filter(({ ok }) => !ok).flatMap((verdict) => failure(verdict, judged.index)),
  );
}

function failure(verdict: Verdict, repeat: number | undefined): string[] {
  const { where, text, step, measured, bound, because, evidence } = verdict;
  const place = [
    ...(step === undefined ? [] : [`step "${step}"`]),
    ...(repeat === undefined ? [] : [`repeat ${repeat}`]),
  ];
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

/** The headline agrees with the exit code. */
function summary(result: RunResult, screen: Screen): void {
  const counts = new Map<string, number>();
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const { status, unfinished, error, unjudged } of result.scenarios) {
    if (unfinished && status !== 'failed') count('not finished');
    else if (error !== undefined && status !== 'failed') count('could not run');
    else count(unjudged === undefined ? status : `${status} with nothing judged`);
  }
  const counted = [...counts].map(([status, number]) => `${number} ${status}`);
  const total = result.scenarios.reduce((sum, { elapsed }) => sum + elapsed, 0) as Micros;
  screen.lines('');
  screen.headline(
    headlineOf(exitCodeOf(result)),
    ` ${counted.join(', ') || 'nothing to run'}  in ${result.backend} (${screen.time(total)})`,
  );
  if (result.ended !== undefined) screen.lines(`  not everything ran: ${result.ended.reason}`);
}

const HEADLINES: Readonly<Record<number, Headline>> = {
  [EXIT.passed]: 'PASS',
  [EXIT.failed]: 'FAIL',
  [EXIT.inconclusive]: 'INCONCLUSIVE',
  [EXIT.nothing]: 'NOTHING RUN',
};

function headlineOf(code: number): Headline {
  return HEADLINES[code] ?? (code > EXIT.bug ? 'INTERRUPTED' : 'ERROR');
}
