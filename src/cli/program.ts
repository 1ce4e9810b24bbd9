/** The command line of `halab`: one file per verb, errors told in one message, exit codes as in the README. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { EXIT, HalabError, messageOf, SourceError } from '../errors.ts';
import { packageRoot } from '../package-root.ts';
import { checkCommand } from './check.ts';
import { cleanCommand } from './clean.ts';
import { compareCommand } from './compare.ts';
import { exploreCommand } from './explore.ts';
import { runCommand } from './run.ts';
import { schemaCommand } from './schema.ts';
import { validateCommand } from './validate.ts';

/** Runs the verb in `argv` and says with which code the process should exit. */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.passed;
  // A reader that has seen enough (`halab run ... | head`) is no reason to stop, let alone to crash.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  const done = (code: number): void => {
    exitCode = code;
  };
  const program = new Command('halab')
    .description('A simulation and testing lab for VRRP clusters')
    .version(packageVersion())
    .showHelpAfterError('(halab --help shows the verbs)')
    .exitOverride();
  for (const command of [
    runCommand(done),
    compareCommand(done),
    exploreCommand(done),
    checkCommand(done),
    validateCommand(done),
    cleanCommand(done),
    schemaCommand(done),
  ]) {
    program.addCommand(command.exitOverride());
  }
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    return report(error);
  }
  return exitCode;
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.usage;
  if (error instanceof SourceError) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof HalabError) {
    process.stderr.write(
      `halab: ${error.message}${error.hint === '' ? '' : `\n  ${error.hint}`}\n`,
    );
    return error.exitCode;
  }
  process.stderr.write(
    `halab: a bug of ours: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`,
  );
  return EXIT.bug;
}

function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
