/** `halab check`: everything that may happen to a small cluster, tick by tick, through the engine's own code. */
import { writeFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { VrrpProfile } from '../engine/core/config.ts';
import { EXIT } from '../errors.ts';
import { MOST_BUDGET } from '../explore/check/budget.ts';
import { type CheckReport, newCheck, reportOf, runCheck } from '../explore/check/check.ts';
import { type ClusterSpec, clusterOf, type DelaySpec } from '../explore/check/cluster.ts';
import { FEWEST_ROUTERS, MOST_ROUTERS, specOf } from '../explore/check/options.ts';

interface Flags {
  readonly profile: VrrpProfile;
  readonly routers: number;
  readonly ticks?: number;
  readonly priorities?: readonly number[];
  readonly intervals?: readonly string[];
  readonly nopreempt: readonly number[];
  readonly delay: DelaySpec;
  readonly losses: number;
  readonly crashes: number;
  readonly stops: number;
  readonly restarts: number;
  readonly jitter: number;
  readonly maxStates: number;
  readonly json?: string;
  readonly out?: string;
}

export function checkCommand(done: (code: number) => void): Command {
  const budget = wholeNumber(0, MOST_BUDGET);
  return new Command('check')
    .description('Explore everything that may happen to a small cluster, and judge all of it')
    .addOption(
      new Option('--profile <name>', 'whose rules')
        .choices(['rfc9568', 'rfc5798', 'rfc3768'])
        .default('rfc9568'),
    )
    .option('--routers <n>', 'how many', wholeNumber(FEWEST_ROUTERS, MOST_ROUTERS), 3)
    .option('--priorities <list>', 'one each [evenly spaced]', list(wholeNumber(1, 255)))
    .option('--intervals <list>', 'one each: ticks, or 500ms [1s]', (text) => text.split(','))
    .option('--nopreempt <list>', 'numbers of routers that do not preempt', routerNumbers, [])
    .option('--ticks <n>', 'of a second [4, or 8 from 4 routers on]', wholeNumber(1, 1_000))
    .option('--delay <ticks>', 'an advert takes 1..N ticks, or A..B', delay, { least: 1, most: 1 })
    .option('--losses <n>', 'adverts that one receiver may miss', budget, 2)
    .option('--crashes <n>', 'SIGKILLs', budget, 2)
    .option('--stops <n>', 'SIGTERMs, with priority 0', budget, 0)
    .option('--restarts <n>', 'starts of a router that is down', budget, 2)
    .option('--jitter <n>', 'timers that fire a tick late', budget, 0)
    .option('--max-states <n>', 'give up beyond that many', wholeNumber(1, 100_000_000), 10_000_000)
    .option('--json <file>', 'write what was found as JSON; - for standard output')
    .option('--out <file>', 'write the first violation as a case')
    .action(async (flags: Flags) => done(await check(flags)));
}

async function check(flags: Flags): Promise<number> {
  const { losses, crashes, stops, restarts, jitter, maxStates } = flags;
  const budgets = { losses, crashes, stops, restarts, jitter };
  const { ticks, priorities, intervals } = flags;
  const spec = specOf({ ...flags, ticks, priorities, intervals, budgets });
  const run = newCheck(clusterOf(spec));
  const signals = listen();
  const begin = performance.now();
  try {
    for (const _ of runCheck(run, maxStates)) {
      await setImmediate(); // A signal is heard only between two batches.
      if (signals.code() !== undefined) break;
    }
  } finally {
    signals.release();
  }
  const seconds = (performance.now() - begin) / 1_000;
  const report = reportOf(run);
  const interrupted = signals.code();
  const tell = flags.json === '-' ? process.stderr : process.stdout;
  tell.write(textOf(report, { spec, seconds, interrupted: interrupted !== undefined, maxStates }));
  if (flags.json !== undefined) write(flags.json, jsonOf(report, seconds));
  const [first] = report.violations;
  if (flags.out !== undefined && first !== undefined)
    write(flags.out, `${JSON.stringify(first.case, undefined, 2)}\n`);
  if (interrupted !== undefined) return interrupted;
  if (report.violations.length > 0) return EXIT.failed;
  return report.complete ? EXIT.passed : EXIT.inconclusive;
}

function jsonOf(report: CheckReport, seconds: number): string {
  const { ok, complete, states, violations, coverage } = report;
  const told = { schema: 1, ok, complete, states, seconds, violations, coverage };
  return `${JSON.stringify(told, undefined, 2)}\n`;
}

function textOf(
  report: CheckReport,
  run: {
    readonly spec: ClusterSpec;
    readonly seconds: number;
    readonly interrupted: boolean;
    readonly maxStates: number;
  },
): string {
  const { spec, seconds } = run;
  const { states, coverage, violations, complete } = report;
  const routers = spec.routers.map(
    ({ priority, interval, preempt }, i) =>
      `r${i + 1} ${priority}/${interval}${preempt ? '' : ' nopreempt'}`,
  );
  const rate = Math.round(states / Math.max(seconds, 0.001)).toLocaleString('en');
  const lines = [
    `halab check · ${spec.profile} · ${routers.join(', ')} (priority/ticks) · delay ${spec.delay.least}..${spec.delay.most}`,
    `${states.toLocaleString('en')} states, ${coverage.transitions.toLocaleString('en')} transitions, ${coverage.depth} ticks deep, ${seconds.toFixed(2)} s (${rate} states/s), ${coverage.megabytes} MB`,
    ...violations.flatMap(({ invariant, because, steps }) => [
      '',
      `${invariant}: ${because}`,
      ...steps.map((step) => `  ${step}`),
    ]),
  ];
  if (complete && violations.length === 0) {
    const allowed = coverage.stableAllowed === null ? 'nothing promised' : coverage.stableAllowed;
    lines.push(
      `no violation: stable at most ${coverage.stableAfter} ticks after the last fault (${allowed}), two Active for at most ${coverage.dualMost}`,
    );
  }
  if (!complete)
    lines.push(
      run.interrupted
        ? 'interrupted: not everything was explored'
        : `not everything was explored: there are more than ${run.maxStates.toLocaleString('en')} states; allow fewer faults or raise --max-states`,
    );
  return `${lines.join('\n')}\n`;
}

/** The first signal ends the search, a second one the program. */
function listen(): { readonly code: () => number | undefined; readonly release: () => void } {
  let code: number | undefined;
  const signals = [
    ['SIGINT', EXIT.interrupted],
    ['SIGTERM', EXIT.terminated],
  ] as const;
  const listeners = signals.map(([signal, exitCode]) => {
    const listener = (): void => {
      code = exitCode;
    };
    process.once(signal, listener);
    return [signal, listener] as const;
  });
  return {
    code: () => code,
    release: () => {
      for (const [signal, listener] of listeners) process.off(signal, listener);
    },
  };
}

function write(file: string, text: string): void {
  if (file === '-') process.stdout.write(text);
  else writeFileSync(file, text);
}

function delay(text: string): DelaySpec {
  const [, first, last] = /^(\d)(?:\.\.(\d))?$/.exec(text) ?? [];
  const spec = { least: last === undefined ? 1 : Number(first), most: Number(last ?? first) };
  if (spec.least >= 1 && spec.most >= spec.least) return spec;
  throw new InvalidArgumentError('ticks from 1 to 8 are wanted, 2 or 2..3.');
}

function routerNumbers(text: string): number[] {
  return list(wholeNumber(1, MOST_ROUTERS))(text.replaceAll('r', ''));
}

function list(parse: (text: string) => number): (text: string) => number[] {
  return (text) => text.split(',').map(parse);
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number from ${least} to ${most} is wanted.`);
  };
}
