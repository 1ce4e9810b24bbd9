/** The command line of `halab`: a file for each verb, one message for an error, exit codes as in scenarios/README.md. */
import { Command, CommanderError } from 'commander';
import { EXIT } from '../errors.ts';
import { packageVersion } from '../package-root.ts';
import { printable } from '../printable.ts';
import { assertionsCommand } from './assertions.ts';
import { checkCommand } from './check.ts';
import { cleanCommand } from './clean.ts';
import { compareCommand } from './compare.ts';
import { exploreCommand } from './explore.ts';
import { faultsCommand } from './faults.ts';
import { err, out } from './process/console.ts';
import { exitCodeFor, report } from './report-error.ts';
import { runCommand } from './run.ts';
import { schemaCommand } from './schema.ts';
import { validateCommand } from './validate.ts';

/** Runs the verb in `argv`. Resolves with the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.passed;
  const done = (code: number): void => {
    exitCode = code;
  };
  const program = new Command('halab')
    .description('A simulation and testing lab for VRRP clusters')
    .version(packageVersion())
    .showHelpAfterError('(halab --help shows the verbs)')
    .exitOverride()
    .configureOutput(OUTPUT);
  for (const command of [
    runCommand(done),
    compareCommand(done),
    exploreCommand(done),
    checkCommand(done),
    validateCommand(done),
    faultsCommand(done),
    assertionsCommand(done),
    cleanCommand(done),
    schemaCommand(done),
  ]) {
    program.addCommand(command.exitOverride().configureOutput(OUTPUT));
  }
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.usage;
    report(error);
    return exitCodeFor(error);
  }
  return exitCode;
}

/** Error messages repeat what was typed, so they are made printable. */
const OUTPUT = {
  writeOut: (text: string) => out.raw(text),
  writeErr: (text: string) => err.raw(text.split('\n').map(printable).join('\n')),
};
