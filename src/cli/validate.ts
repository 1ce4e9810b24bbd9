/** `halab validate`: every mistake in scenario files and their topologies, without running anything. */
import { Command } from 'commander';
import { EXIT, formatIssue, SourceError } from '../errors.ts';
import { loadScenario, NO_OVERRIDES } from '../scenario/scenario-file.ts';
import { type AllowanceFlags, allowanceOf, allowEnvOption, allowPathOption } from './allowance.ts';
import { scenarioFiles } from './scenario-files.ts';

export function validateCommand(done: (code: number) => void): Command {
  return new Command('validate')
    .description('Check scenario files and their topologies; run nothing')
    .argument('<paths...>', 'scenario files or folders')
    .addOption(allowPathOption())
    .addOption(allowEnvOption())
    .action((paths: string[], flags: AllowanceFlags) => done(validate(paths, flags)));
}

function validate(paths: readonly string[], flags: AllowanceFlags): number {
  const overrides = { ...NO_OVERRIDES, allow: allowanceOf(flags) };
  let failed = false;
  for (const file of scenarioFiles(paths)) {
    try {
      const { scenarios, warnings } = loadScenario(file, overrides);
      for (const issue of warnings) process.stderr.write(`${formatIssue(issue)}\n`);
      process.stdout.write(
        `${file}: ok (${scenarios.length} ${scenarios.length === 1 ? 'cell' : 'cells'})\n`,
      );
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      failed = true;
      process.stderr.write(`${error.message}\n`);
    }
  }
  return failed ? EXIT.usage : EXIT.passed;
}
