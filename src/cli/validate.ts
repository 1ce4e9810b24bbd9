/** `halab validate`: every error in scenario files and their topologies, without a run. */
import { Command } from 'commander';
import { EXIT, formatIssue, HalabError } from '../errors.ts';
import { loadScenario, NO_OVERRIDES } from '../scenario/scenario-file.ts';
import { type AllowanceFlags, allowanceOf, allowanceOptions } from './allowance.ts';
import { err, out } from './process/console.ts';
import { report } from './report-error.ts';
import { nothingToRun, scenarioFiles } from './scenario-files.ts';

export function validateCommand(done: (code: number) => void): Command {
  const command = new Command('validate')
    .description('Check scenario files and their topologies; run nothing')
    .argument('<paths...>', 'scenario files or folders')
    .action((paths: string[], flags: AllowanceFlags) => done(validate(paths, flags)));
  for (const option of allowanceOptions()) command.addOption(option);
  return command;
}

function validate(paths: readonly string[], flags: AllowanceFlags): number {
  const overrides = { ...NO_OVERRIDES, allow: allowanceOf(flags) };
  let failed = false;
  let count = 0;
  const files = scenarioFiles(paths);
  for (const file of files) {
    try {
      const { scenarios, warnings } = loadScenario(file, overrides);
      for (const issue of warnings) err.raw(`${formatIssue(issue)}\n`);
      out.line(`${file}: ok (${scenarios.length} ${scenarios.length === 1 ? 'cell' : 'cells'})`);
      count += scenarios.length;
    } catch (error) {
      if (!(error instanceof HalabError) || error.exitCode !== EXIT.usage) throw error;
      failed = true;
      report(error);
    }
  }
  if (failed) return EXIT.usage;
  if (count > 0) return EXIT.passed;
  const empty = { scenarios: [], warnings: [], cells: [] };
  return nothingToRun(
    files.map(() => empty),
    paths,
  );
}
