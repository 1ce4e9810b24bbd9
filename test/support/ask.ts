/**
 * Runs the command line of a lab as a user would. A run that the machine was too busy to measure says so itself (exit
 * code 3): only that is asked again, and reported in the table that closes `npm test`.
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

/** The last answer, after at most three questions, or as many as the machine needs. */
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

/** For the table at the end, and for whoever reads along. */
export function reportAskedAgain(args: readonly string[], output: string): void {
  const [, why = ''] = /^INCONCLUSIVE .*\n(?: {2}engines .*\n)? {2}(.*)$/m.exec(output) ?? [];
  const line = `halab ${args.join(' ')}: inconclusive, asked again: ${why}`;
  process.stdout.write(`${line}\n`);
  const file = process.env.HALAB_ASKED_AGAIN;
  if (file !== undefined) appendFileSync(file, `${line}\n`);
}
