/** `halab clean`: removes what killed runs left behind. */
import { Command } from 'commander';
import { EXIT } from '../errors.ts';

export function cleanCommand(done: (code: number) => void): Command {
  return new Command('clean')
    .description('Remove containers and networks of runs whose process is gone')
    .option('--all', 'also those of runs that are still going on', false)
    .action(async ({ all }: { all: boolean }) => {
      const { connectDocker } = await import('../lab/docker-connection.ts');
      const { cleanDocker } = await import('../lab/docker-clean.ts');
      const { removed, left } = await cleanDocker(await connectDocker(), { all });
      for (const what of removed) process.stdout.write(`removed ${what}\n`);
      for (const what of left) process.stderr.write(`halab: would not go: ${what}\n`);
      if (removed.length + left.length === 0) process.stdout.write('nothing to clean\n');
      done(left.length === 0 ? EXIT.passed : EXIT.cleanup);
    });
}
