/** `halab clean`: removes what killed runs left behind. */
import { Command } from 'commander';
import { EXIT, HalabError } from '../errors.ts';

export function cleanCommand(done: (code: number) => void): Command {
  return new Command('clean')
    .description('Remove containers and networks of runs whose process is gone')
    .option('--all', 'also those of runs that are still going on', false)
    .action(async ({ all }: { all: boolean }) => {
      const { connectDocker } = await import('../lab/docker-connection.ts');
      const { cleanDocker } = await import('../lab/docker-clean.ts');
      const { removed, left } = await cleanDocker(await connectDocker(), { all });
      for (const what of removed) process.stdout.write(`removed ${what}\n`);
      if (left.length > 0)
        throw new HalabError({
          code: 'HALAB_CLEAN',
          message: `not everything could be removed: ${left.join('; ')}`,
          hint: 'Try `halab clean` again; new runs do not mind, and a restart of the Docker daemon helps.',
          exitCode: EXIT.cleanup,
        });
      if (removed.length === 0) process.stdout.write('nothing to clean\n');
      done(EXIT.passed);
    });
}
