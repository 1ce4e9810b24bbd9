/** What the command line allows scenario files to read: `--allow-path`, `--allow-env`. */
import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import type { Allowance } from '../topology/reach.ts';

export interface AllowanceFlags {
  readonly allowPath: readonly string[];
  readonly allowEnv: readonly string[];
}

export function allowPathOption(): Option {
  return new Option(
    '--allow-path <path>',
    "let scenario files read there, outside the project's folder (repeatable)",
  )
    .argParser((text: string, before: readonly string[]) => {
      if (!existsSync(text)) throw new InvalidArgumentError('there is no such file or folder.');
      return [...before, text];
    })
    .default([]);
}

export function allowEnvOption(): Option {
  return new Option(
    '--allow-env <name>',
    'let scenario files read this variable of the environment (repeatable)',
  )
    .argParser((text: string, before: readonly string[]) => {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text))
        throw new InvalidArgumentError('write the name of a variable.');
      return [...before, text];
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
