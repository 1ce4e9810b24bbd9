#!/usr/bin/env node
/**
 * `halab`. The program runs in its own thread; the main thread writes its output and handles
 * signals, so that a busy program reacts to a signal.
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
