#!/usr/bin/env node
/**
 * `halab`. The program runs in a thread of its own; the main thread writes what it says and hears
 * signals, so that a signal is heard whatever the program is busy with.
 */
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

if (isMainThread)
  void import('./cli/process/supervisor.ts').then(({ supervise }) =>
    supervise(fileURLToPath(import.meta.url)),
  );
else
  void Promise.all([import('./cli/program.ts'), import('./cli/process/console.ts')]).then(
    async ([{ main }, { end }]) => end(await main(process.argv)),
  );
