/** `halab explore`: searches random clusters and fault schedules for a violated invariant, and writes its story. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { INVARIANTS } from '../assert/protocol/catalogue.ts';
import type { Violation } from '../assert/protocol/monitor.ts';
import { EXIT } from '../errors.ts';
import type { CampaignResult } from '../explore/campaign.ts';
import { unreached } from '../explore/classes.ts';
import type { DraftLimits } from '../explore/draft.ts';
import { replayFailure } from '../explore/replay.ts';
import type { CampaignSpec } from '../explore/shard.ts';
import { storyOf } from '../explore/story.ts';
import type { ProfileName } from '../observe/election.ts';
import { shellWord } from '../printable.ts';
import { tryFolder } from '../run/place.ts';
import { loadScenario } from '../scenario/scenario-file.ts';
import { PROFILES } from '../scenario/simulation-schema.ts';
import { parseDuration } from '../topology/yaml/scalars.ts';
import { exploreJson, type FoundViolation, progressLine, summaryLines } from './explore-report.ts';
import { wholeNumber } from './flags.ts';
import { err, out } from './process/console.ts';
import { interruption } from './process/interrupt.ts';
import { openReport, writeReport } from './report-file.ts';
import { scenarioFiles } from './scenario-files.ts';

interface Flags {
  readonly time?: number;
  readonly runs?: number;
  readonly seed?: number;
  readonly workers: number;
  readonly profile: ProfileName;
  readonly routers: readonly [number, number];
  readonly faults: number;
  readonly nopreempt: DraftLimits['nopreempt'];
  readonly invariants?: readonly string[];
  readonly corpus: string;
  readonly shrink: boolean;
  readonly json?: string;
}

const DEFAULT_TIME = 60_000;
const MOST_ROUTERS = 7;
const MOST_FAULTS = 200;
/** Milliseconds between two lines of progress: on a terminal, and in a log. */
const PROGRESS = { live: 500, log: 10_000 } as const;

export function exploreCommand(done: (code: number) => void): Command {
  return new Command('explore')
    .description('Search random clusters and fault schedules for violated invariants')
    .option('--time <duration>', 'stop after this long [60s, unless --runs is given]', milliseconds)
    .option('--runs <n>', 'stop after so many cases', wholeNumber(1, 1e12))
    .option('--seed <n>', 'what is searched [a new one every time]', wholeNumber(0, 0x7fff_ffff))
    .option(
      '--workers <n>',
      'threads; the result does not depend on their number',
      wholeNumber(1, 256),
      availableParallelism(),
    )
    .addOption(
      new Option('--profile <name>', 'whose rules the routers follow')
        .choices([...PROFILES])
        .default('rfc9568'),
    )
    .option('--routers <range>', 'how many: 3, or 2..5', range, [2, 5] as const)
    .option('--faults <n>', 'at most so many in a case', wholeNumber(0, MOST_FAULTS), 12)
    .addOption(
      new Option('--nopreempt <how>', 'how often a router does not preempt')
        .choices(['never', 'sometimes', 'always'])
        .default('sometimes'),
    )
    .option('--invariants <list>', 'only these, such as S2,S4 [all that apply]', ids)
    .option('--corpus <folder>', 'stories to replay first, and where new ones go', 'halab-corpus')
    .option('--no-shrink', 'tell which case fails, without its story')
    .option('--json <file>', 'write the result to a file, too')
    .action(async (flags: Flags) => done(await explore(flags)));
}

async function explore(flags: Flags): Promise<number> {
  const old = replayCorpus(flags.corpus);
  if (old.length > 0) {
    for (const line of old) out.line(line);
    return EXIT.failed;
  }
  if (flags.shrink) tryFolder(flags.corpus, 'Choose another place with --corpus.');
  const json = openReport(flags.json);
  const { runCampaign } = await import('../explore/campaign.ts');
  const seed = flags.seed ?? Math.floor(Math.random() * 0x7fff_ffff);
  const { profile, nopreempt, faults: mostFaults, invariants } = flags;
  const [leastRouters, mostRouters] = flags.routers;
  const limits = { leastRouters, mostRouters, nopreempt, mostFaults };
  const spec: CampaignSpec = { seed, profile, limits, invariants };
  const time = flags.time ?? (flags.runs === undefined ? DEFAULT_TIME : undefined);
  const { workers } = flags;
  const console = flags.json === '-' ? err : out;
  console.line(`halab explore · ${profile} · seed ${seed} · ${workers} workers`);
  const interrupt = interruption('telling what there is');
  const showing = progressShown();
  try {
    const result = await runCampaign(
      spec,
      { runs: flags.runs, time, workers },
      { progress: showing.show, stopped: () => interrupt.exitCode() !== undefined },
    );
    showing.clear();
    const found = await foundIn(spec, result, flags);
    const missing = unreached(spec, result);
    for (const line of [...summaryLines(result, missing), ...found.lines]) console.line(line);
    await json?.write(exploreJson(seed, result, missing, found.violations));
    if (missing.length > 0) return found.exitCode ?? EXIT.failed;
    return found.exitCode ?? interrupt.exitCode() ?? EXIT.passed;
  } finally {
    interrupt.release();
  }
}

interface Found {
  readonly lines: readonly string[];
  readonly exitCode: number | undefined;
  readonly violations: readonly FoundViolation[];
}

async function foundIn(
  spec: CampaignSpec,
  { failure }: CampaignResult,
  { corpus, shrink }: Flags,
): Promise<Found> {
  if (failure === undefined) return { lines: [], exitCode: undefined, violations: [] };
  const { index, violation, bug } = failure;
  if (violation === undefined) {
    const lines = [
      `halab: a bug of ours, not a violation, in case ${index}: ${bug}`,
      JSON.stringify(failure.case),
    ];
    return { lines, exitCode: EXIT.bug, violations: [] };
  }
  const found = (of: Violation, file: string | undefined, how: readonly string[]): Found => {
    const lines = ['', `${of.invariant} is violated: ${of.because}`, ...how];
    return { lines, exitCode: EXIT.failed, violations: [{ ...of, file, case: index }] };
  };
  const which = `case ${index} of seed ${spec.seed}`;
  if (!shrink) return found(violation, undefined, [`${which}, not shrunk`]);
  const { shrinkFailure } = await import('../explore/shrink.ts');
  const shrunk = shrinkFailure(spec, failure, violation);
  const name = `found-${violation.invariant.toLowerCase()}-${spec.seed}-${index}`;
  const file = join(corpus, `${name}.yaml`);
  const story = storyOf(shrunk.case, shrunk.violation, { name, seed: spec.seed, index });
  await writeReport(file, story);
  const { lines, ...rest } = found(shrunk.violation, file, [
    `${which}, shrunk from ${failure.case.faults.length} faults to ${shrunk.case.faults.length}`,
    `story      ${file}`,
    `reproduce  npx halab run ${shellWord(file)} --backend sim`,
    `for real   npx halab run ${shellWord(file)} --backend docker`,
  ]);
  return { ...rest, lines: ['', ...story.trimEnd().split('\n'), ...lines] };
}

/** Stories of the corpus that fail; each a line. */
function replayCorpus(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return scenarioFiles([folder]).flatMap((file) => {
    const { scenarios } = loadScenario(file);
    return scenarios.flatMap((scenario) => {
      const { simulation } = scenario;
      if (simulation === undefined) return [];
      const why = replayFailure(scenario, simulation);
      return why === undefined ? [] : [`${file}: a story of the corpus fails: ${why}`];
    });
  });
}

function progressShown() {
  const { live } = err;
  let last = performance.now();
  return {
    show: (now: Parameters<typeof progressLine>[0]): void => {
      if (performance.now() - last < (live ? PROGRESS.live : PROGRESS.log)) return;
      last = performance.now();
      err.raw(live ? `\r\u001b[K${progressLine(now)}` : `${progressLine(now)}\n`);
    },
    clear: (): void => {
      if (live) err.raw('\r\u001b[K');
    },
  };
}

function milliseconds(text: string): number {
  const length = parseDuration(text);
  if (length !== undefined && length > 0) return length / 1000;
  throw new InvalidArgumentError('a duration with its unit is wanted: 30s, 5m, 1h.');
}

function range(text: string): readonly [number, number] {
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text);
  const [least, most] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match !== null && least >= 2 && most <= MOST_ROUTERS && least <= most) return [least, most];
  throw new InvalidArgumentError(
    `a number of routers from 2 to ${MOST_ROUTERS} is wanted, or 2..5.`,
  );
}

function ids(text: string): string[] {
  const list = text.split(',').map((id) => id.trim());
  const bad = list.find((wanted) => !INVARIANTS.some(({ id }) => id === wanted));
  if (bad === undefined) return list;
  throw new InvalidArgumentError(
    `"${bad}" is no invariant: ${INVARIANTS.map(({ id }) => id).join(', ')}.`,
  );
}
