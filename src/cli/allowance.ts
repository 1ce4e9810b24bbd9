/** What the command line allows scenario files to read: `--allow-path`, `--allow-env`. */
import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import type { Allowance } from '../topology/reach.ts';

export interface AllowanceFlags {
  readonly allowPath: readonly string[];
  readonly allowEnv: readonly string[];
}

export function allowanceOptions(): readonly Option[] {
  return [
    repeatable(
      '--allow-path <path>',
      "let scenario files read there, outside the project's folder (repeatable)",
      (text) => (existsSync(text) ? undefined : 'there is no such file or folder.'),
    ),
    repeatable(
      '--allow-env <name>',
      'let scenario files read this variable of the environment (repeatable)',
      (text) =>
        /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? undefined : 'write the name of a variable.',
    ),
  ];
}

function repeatable(flags: string, text: string, problem: (value: string) => string | undefined) {
  return new Option(flags, text)
    .argParser((value: string, before: readonly string[]) => {
      const why = problem(value);
      if (why !== undefined) throw new InvalidArgumentError(why);
      return [...before, value];
    })
    .default([]);
}

export function allowanceOf({ allowPath, allowEnv }: AllowanceFlags): Allowance {
  return { paths: allowPath, env: allowEnv };
}

/** The flags for the command that repeats a run. */
export function allowanceFlags({ allowPath, allowEnv }: AllowanceFlags): string[] {
  return [
    ...allowPath.flatMap((path) => ['--allow-path', path]),
    ...allowEnv.flatMap((name) => ['--allow-env', name]),
  ];
}
