/** `npm run mutants`: the mutation score. Exits with 1 if a mutant survives, or if the right engine is accused. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { buildProgram } from './program.ts';
import { search, testWith } from './search.ts';
import { head, json, killed, ourBug, row, type Verdict } from './verdict.ts';

interface Flags {
  readonly time: string;
  readonly seed: string;
  readonly only?: readonly string[];
  readonly json?: string;
  readonly control: boolean;
}

interface Judged {
  readonly id: string;
  readonly explore?: readonly string[] | undefined;
  readonly check?: readonly string[] | undefined;
  readonly tests?: readonly string[] | undefined;
}

/** By options of `halab explore`: how many cases in a row the right engine passes. */
type Passed = ReadonlyMap<string, number>;

const WIDEST = Math.max(...MUTANTS.map(({ id }) => id.length));
/** Inside the project, so that a program finds its external packages. */
const WORK = resolve('node_modules/.cache/halab-mutants');

/** Several times the number of the right engine; a mutant may reach any number of states. */
const MOST_STATES = ['--max-states', '250000'];

let interrupted = false;

async function main(flags: Flags): Promise<number> {
  // The running search gets the signal as well, and ends.
  process.on('SIGINT', () => {
    interrupted = true;
  });
  mkdirSync(WORK, { recursive: true });
  const folder = mkdtempSync(`${WORK}/`);
  const began = performance.now();
  try {
    process.stdout.write(`${head(WIDEST)}\n`);
    const control = flags.control ? await controlled(flags, folder) : NO_CONTROL;
    const verdicts = await judgeAll(flags, control.passed, folder);
    const seconds = Number(((performance.now() - began) / 1_000).toFixed(1));
    const text = json(verdicts, { sound: control.sound, seed: Number(flags.seed), seconds });
    if (flags.json !== undefined) writeFileSync(flags.json, text);
    return report(verdicts, control.sound, seconds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const NO_CONTROL = { sound: true, passed: new Map<string, number>() } as const;

/**
 * The right engine, searched and tested in every way that a mutant is. A search that accuses it proves nothing about a
 * mutant: mutants are judged only by cases that the right engine passed.
 */
async function controlled(
  flags: Flags,
  folder: string,
): Promise<{ readonly sound: boolean; readonly passed: Passed }> {
  const passed = new Map<string, number>();
  let sound = true;
  for (const control of controls()) {
    if (interrupted) break;
    const verdict = await judge(control, undefined, flags, passed, folder);
    const { kind, cases = 0 } = verdict.explore ?? { kind: 'clean' };
    const accused = killed(verdict) || ourBug(verdict) !== undefined;
    if (control.explore !== undefined)
      passed.set(control.explore.join(' '), kind === 'clean' ? cases : cases - 1);
    sound &&= !accused;
    const how = (control.explore ?? control.check ?? ['all tests']).join(' ');
    process.stdout.write(`${row(verdict, WIDEST, accused ? 'ACCUSED' : 'passes')}  ${how}\n`);
  }
  return { sound, passed };
}

function controls(): Judged[] {
  const distinct = (lists: readonly (readonly string[] | undefined)[]): string[][] => {
    const texts = new Set(lists.flatMap((list) => (list === undefined ? [] : [list.join(' ')])));
    return [...texts].map((text) => text.split(' ').filter((word) => word !== ''));
  };
  const id = 'the right engine';
  const tests = [...new Set(MUTANTS.flatMap((mutant) => mutant.tests ?? []))];
  return [
    ...distinct(MUTANTS.map((mutant) => mutant.explore)).map((explore) => ({ id, explore })),
    ...distinct(MUTANTS.map((mutant) => mutant.check)).map((check) => ({ id, check })),
    { id, tests },
  ];
}

async function judgeAll(flags: Flags, passed: Passed, folder: string): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const mutant of MUTANTS) {
    if (interrupted) break;
    if (flags.only?.includes(mutant.id) === false) continue;
    const tests = mutant.tests === undefined ? undefined : [mutant.tests];
    const verdict = await judge({ ...mutant, tests }, mutant, flags, passed, folder);
    if (interrupted) break;
    verdicts.push(verdict);
    process.stdout.write(`${row(verdict, WIDEST, killed(verdict) ? 'killed' : 'SURVIVED')}\n`);
  }
  return verdicts;
}

async function judge(
  { id, explore, check, tests }: Judged,
  mutant: Mutant | undefined,
  { time, seed }: Flags,
  passed: Passed,
  folder: string,
): Promise<Verdict> {
  const isSearched = explore !== undefined || check !== undefined;
  const program = isSearched ? await buildProgram(mutant, folder) : '';
  const most = passed.get(explore?.join(' ') ?? '-');
  const limits = ['--time', time, '--seed', seed, '--workers', '1'];
  if (most !== undefined) limits.push('--runs', String(most));
  const brief = ['--no-shrink', '--corpus', `${folder}/none`];
  return {
    id,
    explore:
      explore && (await search(program, ['explore', ...limits, ...brief, ...explore], folder)),
    check: check && (await search(program, ['check', ...MOST_STATES, ...check], folder)),
    tests: tests && (await testWith(mutant?.id, tests, folder)),
  };
}

function report(verdicts: readonly Verdict[], sound: boolean, seconds: number): number {
  const survivors = verdicts.filter((verdict) => !killed(verdict)).map(({ id }) => id);
  const bugs = verdicts.filter(ourBug).map(({ id }) => id);
  const dead = verdicts.length - survivors.length;
  const lines = [
    `${dead} of ${verdicts.length} mutants killed in ${seconds} s`,
    ...(survivors.length > 0 ? [`survived: ${survivors.join(', ')}`] : []),
    ...(bugs.length > 0 ? [`the lab itself broke on: ${bugs.join(', ')}`] : []),
    ...(sound
      ? []
      : [
          'the right engine is accused by a later case; the mutants were judged by those before it',
        ]),
    ...(interrupted ? ['interrupted'] : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  if (interrupted) return 130;
  return survivors.length + bugs.length > 0 || !sound ? 1 : 0;
}

function known(text: string): string[] {
  const ids = text.split(',');
  const bad = ids.find((id) => !MUTANTS.some((mutant) => mutant.id === id));
  if (bad === undefined) return ids;
  throw new InvalidArgumentError(`there is no mutant "${bad}" in test/mutants.`);
}

const program = new Command('mutants')
  .description(
    'Look for a violation in each of the engines that are wrong in one line, or a test that fails',
  )
  .option('--time <duration>', 'for each, at most', '60s')
  .option('--seed <n>', 'what halab explore searches', '1')
  .option('--only <ids>', 'these mutants, by commas', known)
  .option('--no-control', 'do not search the right engine first')
  .option('--json <file>', 'write the result to a file, too')
  .action(async (flags: Flags) => {
    process.exitCode = await main(flags);
  });
void program.parseAsync();
