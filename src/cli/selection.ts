/** The options of `run` and `compare` that choose and change cells. */
import { type Command, Option } from 'commander';
import { KINDS } from '../kind/kinds.ts';
import type { Overrides } from '../scenario/scenario-file.ts';
import type { Engine } from '../topology/topology.ts';
import { type AllowanceFlags, allowanceOf, allowanceOptions } from './allowance.ts';
import { pair, wholeNumber } from './flags.ts';

export interface SelectionFlags extends AllowanceFlags {
  readonly repeat?: number;
  readonly seed: number;
  readonly set: Record<string, string>;
  readonly matrix: Record<string, string>;
  readonly topology?: string;
  readonly engine?: Engine;
  readonly enginePath?: string;
}

/** `texts`: the descriptions that differ. */
export function withSelection(
  command: Command,
  texts: Readonly<Record<'matrix' | 'engine' | 'enginePath', string>>,
): Command {
  command
    .addOption(
      new Option('--seed <n>', 'seed of phases and of the simulator')
        .argParser(wholeNumber(0, 0xffff_ffff))
        .default(1)
        .env('HALAB_RUN_SEED'),
    )
    .option('--set <path=value>', 'set a value of the topology (repeatable)', pair, {})
    .option('--matrix <name=value>', texts.matrix, pair, {})
    .option('-t, --topology <file>', "use this topology instead of the file's")
    .addOption(new Option('--engine <name>', texts.engine).choices(Object.keys(KINDS)))
    .option('--engine-path <file>', texts.enginePath);
  for (const option of allowanceOptions()) command.addOption(option);
  return command;
}

export function overridesOf(flags: SelectionFlags): Overrides {
  const { set, matrix, repeat, topology, engine, enginePath } = flags;
  return { set, matrix, repeat, topology, engine, enginePath, allow: allowanceOf(flags) };
}
