/** `halab clean`: removes what killed runs left behind. */
import { Command } from 'commander';
import { EXIT } from '../errors.ts';
import { err, out } from './process/console.ts';

export function cleanCommand(done: (code: number) => void): Command {
  return new Command('clean')
    .description('Remove containers and networks of runs whose process is gone')
    .option('--all', 'also those of runs that are still going on', false)
    .action(async ({ all }: { all: boolean }) => {
      const { connectDocker } = await import('../lab/docker/connection.ts');
      const { cleanDocker } = await import('../lab/docker/clean.ts');
      const { removed, left } = await cleanDocker(await connectDocker(), { all });
      for (const what of removed) out.line(`removed ${what}`);
      for (const what of left) err.line(`halab: would not go: ${what}`);
      if (removed.length + left.length === 0) out.line('nothing to clean');
      done(left.length === 0 ? EXIT.passed : EXIT.cleanup);
    });
}
