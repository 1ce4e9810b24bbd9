/** Entry of the vrrp child: waits for the parent's order, runs, leaves in order when told or orphaned. */
import { setPriority } from 'node:os';
import { CONFIG_EXIT } from '../engine/core/supervisor.ts';
import { HalabError, messageOf } from '../errors.ts';
import { type Log, openLog } from './log.ts';
import type { ChildMessage, ParentMessage } from './messages.ts';
import { VrrpProcess } from './vrrp-process.ts';

process.title = 'halabd_vrrp vrrp-child';

let running: VrrpProcess | undefined;

process.on('message', (message) => {
  const said = message as ParentMessage;
  if (said.kind === 'order') begin(said);
  else if (said.kind === 'input') running?.input(said.input);
  else if (said.kind === 'reload') running?.reload(said.config);
  else running?.status(said.id);
});

function begin({ config, options, resume }: Extract<ParentMessage, { kind: 'order' }>): void {
  const log = openLog('halabd_vrrp', options.log);
  try {
    beNice(config.global.nice, log);
    const tellParent = (message: ChildMessage): void => {
      if (process.connected) process.send?.(message, () => {});
    };
    running = new VrrpProcess(config, { events: options.events, log, tellParent });
    running.start(resume);
  } catch (error) {
    log.error(messageOf(error));
    if (error instanceof HalabError) log.error(error.hint);
    process.exit(error instanceof HalabError ? CONFIG_EXIT : 1);
  }
}

/** keepalived `vrrp_priority`. */
function beNice(nice: number, log: Log): void {
  if (nice === 0) return;
  try {
    setPriority(nice);
  } catch (error) {
    log.error(`vrrp_priority ${nice}: ${messageOf(error)}`);
  }
}

function leave(): void {
  running?.stop();
  process.exit(0);
}

process.on('SIGTERM', leave);
// The terminal sends SIGINT to the whole group; the parent decides. The others are the parent's too.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
  process.on(signal, () => {});
process.on('disconnect', leave);
