/** Runs a search on a program or unit tests on a mutant, and returns the finding. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

export interface Finding {
  /** `violated`: an invariant or a test failed; `engine-threw`: the engine threw; `clean`: no finding. */
  readonly kind: 'violated' | 'engine-threw' | 'clean' | 'our-bug' | 'interrupted';
  /** The invariant, the test file, or the error. */
  readonly what: string;
  readonly seconds: number;
  /** `halab explore`: the number of cases; the last one is the failing one, if any. */
  readonly cases: number | undefined;
}

/** The used part of the JSON of both searches. */
interface Report {
  readonly violations: readonly { readonly invariant: string }[];
  readonly bug?: string;
  readonly cases?: number;
}

/** The used part of the JSON of Vitest. */
interface TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly message: string }[];
}

const INTERRUPTED = 130;
const CONFIG = 'test/vitest.mutants.ts';

export async function search(
  program: string,
  args: readonly string[],
  folder: string,
): Promise<Finding> {
  const file = join(folder, `${args[0]}.json`);
  rmSync(file, { force: true });
  const { code, stderr, seconds } = await run(program, [...args, '--json', file]);
  if (code === INTERRUPTED) return { kind: 'interrupted', what: '', seconds, cases: undefined };
  if (!existsSync(file)) return { ...thrower(stderr), seconds, cases: undefined };
  const { violations, bug, cases } = JSON.parse(readFileSync(file, 'utf8')) as Report;
  const [first] = violations;
  if (first !== undefined) return { kind: 'violated', what: first.invariant, seconds, cases };
  if (bug !== undefined) return { ...thrower(bug), seconds, cases };
  return { kind: 'clean', what: '', seconds, cases };
}

/** Runs test files on a mutant; undefined: on the right engine. */
export async function testWith(
  mutant: string | undefined,
  files: readonly string[],
  folder: string,
): Promise<Finding> {
  const report = join(folder, 'tests.json');
  rmSync(report, { force: true });
  const args = ['run', '--config', CONFIG, '--reporter', 'json', '--outputFile', report];
  const vitest = resolve('node_modules/vitest/vitest.mjs');
  const environment = mutant === undefined ? {} : { HALAB_MUTANT: mutant };
  const { code, stderr, seconds } = await run(vitest, [...args, ...files], environment);
  const cases = undefined;
  if (code === INTERRUPTED) return { kind: 'interrupted', what: '', seconds, cases };
  if (!existsSync(report)) return { kind: 'our-bug', what: firstLine(stderr), seconds, cases };
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  ) as TestReport;
  if (numFailedTests > 0)
    return { kind: 'violated', what: files.map((file) => basename(file)).join(), seconds, cases };
  // A file that cannot be loaded fails without a failed test.
  if (code !== 0 || numPassedTests === 0)
    return { kind: 'our-bug', what: firstLine(testResults[0]?.message ?? ''), seconds, cases };
  return { kind: 'clean', what: '', seconds, cases };
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}

/** If the simulator throws, nothing was judged; if the engine throws, the mutant is found. */
function thrower(text: string): Pick<Finding, 'kind' | 'what'> {
  const [frame] = /^\s+at .*$/m.exec(text) ?? [''];
  const kind = /src\/(engine|net)\//.test(frame) ? 'engine-threw' : 'our-bug';
  return { kind, what: firstLine(text) };
}

interface Ended {
  readonly code: number | undefined;
  readonly stderr: string;
  readonly seconds: number;
}

function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const began = performance.now();
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ['--enable-source-maps', program, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...environment },
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', failed);
    child.on('close', (code, signal) =>
      done({
        code: signal === null ? (code ?? undefined) : INTERRUPTED,
        stderr,
        seconds: Number(((performance.now() - began) / 1_000).toFixed(2)),
      }),
    );
  });
}
