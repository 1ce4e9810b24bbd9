/** `halab check`: explores every state of a small cluster, tick by tick, through the engine's own code. */
import { setImmediate } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../errors.ts';
import { type Budgets, MOST_BUDGET } from '../explore/exhaustive/budget.ts';
import { type ClusterSpec, clusterOf, type DelaySpec } from '../explore/exhaustive/cluster.ts';
import {
  type CheckReport,
  type CheckViolation,
  newCheck,
  reportOf,
  runCheck,
} from '../explore/exhaustive/exhaustive.ts';
import {
  type CheckFlags,
  FEWEST_ROUTERS,
  MOST_ROUTERS,
  specOf,
} from '../explore/exhaustive/options.ts';
import { storyOf } from '../explore/story.ts';
import { printableJson } from '../printable.ts';
import { instant } from '../time.ts';
import { wholeNumber } from './flags.ts';
import { err, out } from './process/console.ts';
import { interruption } from './process/interrupt.ts';
import { openReport } from './report-file.ts';

interface Flags extends Omit<CheckFlags, 'budgets'>, Budgets {
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
    .option('--out <file>', 'write the first violation as a scenario')
    .action(async (flags: Flags) => done(await check(flags)));
}

async function check(flags: Flags): Promise<number> {
  const { losses, crashes, stops, restarts, jitter, maxStates } = flags;
  const budgets = { losses, crashes, stops, restarts, jitter };
  const spec = specOf({ ...flags, budgets });
  const json = openReport(flags.json);
  const story = openReport(flags.out);
  const run = newCheck(clusterOf(spec));
  const interrupt = interruption('telling what there is');
  const begin = performance.now();
  try {
    for (const _ of runCheck(run, maxStates)) {
      await setImmediate(); // Signals are handled between two batches.
      if (interrupt.exitCode() !== undefined) break;
    }
    const seconds = (performance.now() - begin) / 1_000;
    const report = reportOf(run);
    const limit = interrupt.exitCode() === undefined ? maxStates : undefined;
    const console = flags.json === '-' ? err : out;
    for (const line of linesOf(report, spec, seconds, limit)) console.line(line);
    const { ok, complete, states, violations, coverage } = report;
    const found = { schema: 1, ok, complete, states, seconds, violations, coverage };
    await json?.write(`${printableJson(found, 2)}\n`);
    const [first] = violations;
    if (story !== undefined && first !== undefined) {
      await story.write(fileOf(first));
      console.line(`story  ${story.file}`);
    }
    if (violations.length > 0) return interrupt.exitCode() ?? EXIT.failed;
    return interrupt.exitCode() ?? (complete ? EXIT.passed : EXIT.inconclusive);
  } finally {
    interrupt.release();
  }
}

function fileOf({ invariant, because, at, routers, case: whole }: CheckViolation): string {
  const violation = { invariant, because, routers, virtual: 0, at: instant(at) };
  const name = `check-${invariant.toLowerCase()}`;
  return storyOf(whole, violation, { name, seed: undefined, index: undefined });
}

/** `maxStates`: the limit that ended it; undefined: it was interrupted. */
function linesOf(
  report: CheckReport,
  spec: ClusterSpec,
  seconds: number,
  maxStates: number | undefined,
): string[] {
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
      maxStates === undefined
        ? 'interrupted: not everything was explored'
        : `not everything was explored: there are more than ${maxStates.toLocaleString('en')} states; allow fewer faults or raise --max-states`,
    );
  return lines;
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
