/**
 * Runs the command line of a lab as a user would. If the machine was too busy to measure, the run is inconclusive (exit
 * code 3): only then it is repeated, and listed in the final table of `npm test`.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = new URL('../..', import.meta.url).pathname;
export const INCONCLUSIVE = 3;
export const MOST_ASKED = 3;

export interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly output: string;
}

export function halabOnce(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Answer {
  const run = spawnSync(process.execPath, [join(ROOT, 'dist/bundle/main.cjs'), ...args], {
    encoding: 'utf8',
    cwd: ROOT,
    env: { ...process.env, CI: '1', ...env },
  });
  return { status: run.status, stdout: run.stdout, output: run.stdout + run.stderr };
}

/** The last result, after at most three attempts, or as many as given. */
export function halab(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  most = MOST_ASKED,
): Answer {
  let answer = halabOnce(args, env);
  for (let asked = 1; answer.status === INCONCLUSIVE && asked < most; asked++) {
    reportAskedAgain(args, answer.output);
    answer = halabOnce(args, env);
  }
  return answer;
}

/** For the final table and for the live output. */
export function reportAskedAgain(args: readonly string[], output: string): void {
  const [, why = ''] = /^INCONCLUSIVE .*\n(?: {2}engines .*\n)? {2}(.*)$/m.exec(output) ?? [];
  const line = `halab ${args.join(' ')}: inconclusive, asked again: ${why}`;
  process.stdout.write(`${line}\n`);
  const file = process.env.HALAB_ASKED_AGAIN;
  if (file !== undefined) appendFileSync(file, `${line}\n`);
}
