/** `npm run mutants`: the score of the lab. Exits with 1 if a wrong engine survives, or the right one does not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { buildProgram } from './program.ts';
import { search } from './search.ts';
import { head, json, killed, ourBug, row, type Verdict } from './verdict.ts';

interface Flags {
  readonly time: string;
  readonly seed: string;
  readonly only?: readonly string[];
  readonly json?: string;
  readonly control: boolean;
}

/** The engine as it is, under every profile that a mutant is searched with. */
const CONTROLS: readonly Searched[] = [
  { id: 'the right engine', check: ['--stops', '1'] },
  { id: 'the right engine, VRRP 2', explore: ['--profile', 'rfc3768'], check: undefined },
];
type Searched = Pick<Mutant, 'id' | 'explore' | 'check'>;

const WIDEST = Math.max(...MUTANTS.map(({ id }) => id.length));
/** Inside the project, so that a program finds the packages that are not part of it. */
const WORK = resolve('node_modules/.cache/halab-mutants');

let interrupted = false;

async function main(flags: Flags): Promise<number> {
  // The search that runs hears the signal as well, and comes to an end.
  process.on('SIGINT', () => {
    interrupted = true;
  });
  mkdirSync(WORK, { recursive: true });
  const folder = mkdtempSync(`${WORK}/`);
  const began = performance.now();
  try {
    process.stdout.write(`${head(WIDEST)}\n`);
    const sound = !flags.control || (await isSound(flags, folder));
    const verdicts = await judgeAll(flags, folder);
    const seconds = Number(((performance.now() - began) / 1_000).toFixed(1));
    const text = json(verdicts, { seed: Number(flags.seed), seconds });
    if (flags.json !== undefined) writeFileSync(flags.json, text);
    return told(verdicts, sound, seconds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A search that accuses the right engine proves nothing by accusing a wrong one. */
async function isSound(flags: Flags, folder: string): Promise<boolean> {
  const program = await buildProgram(undefined, folder);
  let sound = true;
  for (const control of CONTROLS) {
    if (interrupted) break;
    const verdict = await judge(control, program, flags, folder);
    const accused = killed(verdict) || ourBug(verdict);
    sound &&= !accused;
    process.stdout.write(`${row(verdict, WIDEST, accused ? 'ACCUSED' : 'passes')}\n`);
  }
  return sound;
}

async function judgeAll(flags: Flags, folder: string): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const mutant of MUTANTS) {
    if (interrupted) break;
    if (flags.only?.includes(mutant.id) === false) continue;
    const program = await buildProgram(mutant, folder);
    const verdict = await judge(mutant, program, flags, folder);
    if (interrupted) break;
    verdicts.push(verdict);
    process.stdout.write(`${row(verdict, WIDEST, killed(verdict) ? 'killed' : 'SURVIVED')}\n`);
  }
  return verdicts;
}

async function judge(
  { id, explore = [], check }: Searched,
  program: string,
  { time, seed }: Flags,
  folder: string,
): Promise<Verdict> {
  const limits = ['--time', time, '--seed', seed, '--workers', '1'];
  const brief = ['--no-shrink', '--corpus', `${folder}/none`];
  return {
    id,
    explore: await search(program, ['explore', ...limits, ...brief, ...explore], folder),
    check: check && (await search(program, ['check', ...check], folder)),
  };
}

function told(verdicts: readonly Verdict[], sound: boolean, seconds: number): number {
  const survivors = verdicts.filter((verdict) => !killed(verdict)).map(({ id }) => id);
  const bugs = verdicts.filter(ourBug).map(({ id }) => id);
  const dead = verdicts.length - survivors.length;
  const lines = [
    `${dead} of ${verdicts.length} mutants killed in ${seconds} s`,
    ...(survivors.length > 0 ? [`survived: ${survivors.join(', ')}`] : []),
    ...(bugs.length > 0 ? [`the lab itself broke on: ${bugs.join(', ')}`] : []),
    ...(sound ? [] : ['the right engine is accused: what else was found counts for nothing']),
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
  .description('Look for a violation in each of the engines that are wrong in one line')
  .option('--time <duration>', 'for each, at most', '60s')
  .option('--seed <n>', 'what halab explore searches', '1')
  .option('--only <ids>', 'these mutants, by commas', known)
  .option('--no-control', 'do not search the right engine first')
  .option('--json <file>', 'write the result to a file, too')
  .action(async (flags: Flags) => {
    process.exitCode = await main(flags);
  });
void program.parseAsync();
